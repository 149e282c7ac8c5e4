/**
 * What remote write 2.0 says about the metric of each series, once a metric and request. Series of one metric say the
 * same, so what was said of the symbol of a metric name is remembered until the request ends.
 */
import { METRIC_TYPES, type MetricType, type SampleBatch } from '@promontory/model';
import { failExtrasMax } from './batch-room.ts';
import type { LabelRefs } from './label-refs.ts';
import type { SymbolTable } from './symbol-table.ts';

/** As the message has it: the number of a type, and references to symbols. */
export interface SaidMetadata {
  type: number;
  help: number;
  unit: number;
}

/** Words of what is remembered of a metric name; a type of -1 stands for nothing. */
const WORDS = 3;
const encoder = new TextEncoder();
/** The names of series that belong to a metric of a type end in these. */
const SUFFIXES: ReadonlyMap<MetricType, readonly Uint8Array[]> = new Map(
  Object.entries({
    histogram: ['_bucket', '_count', '_sum'],
    gaugehistogram: ['_bucket', '_gcount', '_gsum', '_count', '_sum'],
    summary: ['_count', '_sum'],
  }).map(([type, suffixes]) => [type as MetricType, suffixes.map((suffix) => encoder.encode(suffix))]),
);

export class SeriesMetadata {
  readonly #symbols: SymbolTable;
  #remembered = new Int32Array(0);
  #isCleared = false;

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** Of a new request, whose symbols are read. */
  begin(): void {
    this.#isCleared = false;
  }

  /**
   * Whether the same was said of the metric before in the request, as far as that is seen at once: where the name of the
   * metric is the first label.
   *
   * @param refsAt where the references of the series lie, packed and without fault
   */
  isRepeated(bytes: Uint8Array, refsAt: number, { type, help, unit }: SaidMetadata): boolean {
    if (!this.#isCleared) return false;
    const nameAt = refsAt + refBytes(bytes, refsAt);
    if (!this.#symbols.isMetricName(bytes, refAt(bytes, refsAt))) return false;
    const remembered = this.#remembered;
    const at = refAt(bytes, nameAt) * WORDS;
    return remembered[at] === type && remembered[at + 1] === help && remembered[at + 2] === unit;
  }

  /**
   * Adds what is said to the batch, unless the same was said of the metric before in the request.
   *
   * @param refs of the series, without fault
   * @param isNative whether the series has native histograms: the metric has its name then
   * @returns what is wrong with it, '' for nothing
   * @throws PromontoryError ERR_WRITE_SAMPLES_MAX
   */
  add(bytes: Uint8Array, refs: LabelRefs, said: SaidMetadata, isNative: boolean, batch: SampleBatch): string {
    const symbols = this.#symbols;
    const { count, starts, ends } = symbols;
    // As unsigned: references of 2^31 and more are negative where they are kept.
    if (said.help >= count || said.unit >= count) {
      return `refers to symbol ${Math.max(said.help, said.unit)} of ${count} in its metadata`;
    }
    const name = this.#metricName(bytes, refs);
    if (name < 0 || starts[name] === ends[name]) return 'has metadata and no metric name (label __name__)';
    if (!this.#isNew(name, said)) return '';
    const type = METRIC_TYPES[said.type] ?? 'unknown';
    const metricName = bytes.subarray(starts[name], ends[name]);
    const isTaken = batch.extras.tryAddMetadata(
      type,
      isNative ? metricName : familyName(metricName, type),
      bytes.subarray(starts[said.unit], ends[said.unit]),
      bytes.subarray(starts[said.help], ends[said.help]),
    );
    return isTaken ? '' : failExtrasMax(batch);
  }

  /** @returns the symbol, -1 when there is none */
  #metricName(bytes: Uint8Array, { symbols, count }: LabelRefs): number {
    for (let index = 0; index < count; index += 2) {
      if (this.#symbols.isMetricName(bytes, symbols[index]!)) return symbols[index + 1]!;
    }
    return -1;
  }

  /** Remembers it, if it is. */
  #isNew(name: number, { type, help, unit }: SaidMetadata): boolean {
    const words = this.#symbols.count * WORDS;
    if (words > this.#remembered.length) this.#remembered = new Int32Array(words * 2);
    const remembered = this.#remembered;
    if (!this.#isCleared) remembered.fill(-1, 0, words);
    this.#isCleared = true;
    const at = name * WORDS;
    if (remembered[at] === type && remembered[at + 1] === help && remembered[at + 2] === unit) return false;
    remembered[at] = type;
    remembered[at + 1] = help;
    remembered[at + 2] = unit;
    return true;
  }
}

/** The number of a symbol, of up to three bytes. */
function refAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 128) return first;
  const second = bytes[at + 1]!;
  if (second < 128) return (first & 127) | (second << 7);
  return (first & 127) | ((second & 127) << 7) | (bytes[at + 2]! << 14);
}

function refBytes(bytes: Uint8Array, at: number): number {
  if (bytes[at]! < 128) return 1;
  return bytes[at + 1]! < 128 ? 2 : 3;
}

/** `requests_bucket` of a histogram is of the metric `requests`. */
function familyName(seriesName: Uint8Array, type: MetricType): Uint8Array {
  for (const suffix of SUFFIXES.get(type) ?? []) {
    const length = seriesName.length - suffix.length;
    if (length > 0 && suffix.every((byte, index) => seriesName[length + index] === byte)) {
      return seriesName.subarray(0, length);
    }
  }
  return seriesName;
}
