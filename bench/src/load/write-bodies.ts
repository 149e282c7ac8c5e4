/**
 * Remote write bodies for many rounds over the same series, made fast.
 *
 * The bytes of a request differ between rounds only in values and timestamps, which have fixed places: each
 * series is encoded once with one sample, whose value takes 8 bytes and whose timestamp 6 (any time from 2004
 * to 2109 takes as many). Each round overwrites those and compresses.
 */
import { assert } from '@promontory/base';
import { compress, encodeWriteRequest } from '@promontory/wire';
import { labelsOf, type SeriesValues } from './series-set.ts';

const TIMESTAMP_BYTES = 6;
const TIMESTAMP_MS_MIN = 2 ** 35;
const TIMESTAMP_MS_END = 2 ** 42;
/** A sample ends with: value (8 bytes), tag of the timestamp (1), timestamp (6). */
const SAMPLE_TAIL_BYTES = 8 + 1 + TIMESTAMP_BYTES;

/** The requests of one round: consecutive series, `samplesPerRequest` each. */
export class WriteBodies {
  readonly requestCount: number;
  /** Of all requests of one round, before compression. */
  readonly rawBytes: number;
  readonly #templates: readonly RequestTemplate[];

  constructor(options: { readonly seriesCount: number; readonly samplesPerRequest: number }) {
    const templates: RequestTemplate[] = [];
    for (let start = 0; start < options.seriesCount; start += options.samplesPerRequest) {
      const count = Math.min(options.samplesPerRequest, options.seriesCount - start);
      templates.push(new RequestTemplate(start, count));
    }
    this.#templates = templates;
    this.requestCount = templates.length;
    this.rawBytes = templates.reduce((sum, template) => sum + template.rawBytes, 0);
  }

  /** @returns compressed bodies, one per request, in the order of the series */
  round(values: SeriesValues, timestampMs: number): Buffer[] {
    return this.#templates.map((template) => template.body(values.current, timestampMs));
  }
}

class RequestTemplate {
  readonly rawBytes: number;
  readonly #seriesStart: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where each series' value begins. */
  readonly #valueOffsets: Int32Array;

  constructor(seriesStart: number, seriesCount: number) {
    const parts: Uint8Array[] = [];
    const offsets = new Int32Array(seriesCount);
    let length = 0;
    for (let index = 0; index < seriesCount; index++) {
      const part = encodeOneSeries(seriesStart + index);
      length += part.length;
      offsets[index] = length - SAMPLE_TAIL_BYTES;
      parts.push(part);
    }
    this.#seriesStart = seriesStart;
    this.#bytes = Buffer.concat(parts);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    this.#valueOffsets = offsets;
    this.rawBytes = length;
  }

  body(values: Float64Array, timestampMs: number): Buffer {
    const timestamp = encodeTimestamp(timestampMs);
    for (let index = 0; index < this.#valueOffsets.length; index++) {
      const offset = this.#valueOffsets[index]!;
      this.#view.setFloat64(offset, values[this.#seriesStart + index]!, true);
      this.#bytes.set(timestamp, offset + 9);
    }
    return Buffer.from(compress(this.#bytes));
  }
}

function encodeOneSeries(seriesIndex: number): Uint8Array {
  return encodeWriteRequest({
    series: [
      {
        labels: labelsOf(seriesIndex),
        timestampMs: Float64Array.of(TIMESTAMP_MS_MIN),
        value: Float64Array.of(1),
        exemplars: [],
        histograms: [],
      },
    ],
    metadata: [],
  });
}

function encodeTimestamp(timestampMs: number): Uint8Array {
  assert(timestampMs >= TIMESTAMP_MS_MIN && timestampMs < TIMESTAMP_MS_END, 'the timestamp takes 6 bytes');
  const bytes = new Uint8Array(TIMESTAMP_BYTES);
  let rest = timestampMs;
  for (let index = 0; index < TIMESTAMP_BYTES; index++) {
    bytes[index] = (rest % 128) + (index < TIMESTAMP_BYTES - 1 ? 128 : 0);
    rest = Math.floor(rest / 128);
  }
  return bytes;
}
