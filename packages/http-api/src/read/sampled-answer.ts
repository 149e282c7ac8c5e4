/** The answer with all samples in one message: collected and compressed before its first byte is sent. */
import { countSamples, sampleBounds, SampledResponseWriter, type SeriesSamples } from '@promontory/wire';
import type { ApiResponse, BodyStream } from '../api-response.ts';
import type { QueryCost } from '@promontory/promql';
import type { DataCall } from '../endpoints/endpoint.ts';
import type { RequestDeadline } from '../endpoints/request-deadline.ts';
import { ERR_READ_SAMPLES_MAX } from '../error-codes.ts';
import { readError } from './read-error.ts';
import type { ReadLimits } from './read-limits.ts';
import { closeSelections, type ReadSelection } from './read-selections.ts';

const HEADERS = [
  ['Content-Type', 'application/x-protobuf'],
  ['Content-Encoding', 'snappy'],
] as const;
/** What is longer than that is sent part by part: no copy of the whole is made. */
const BODY_BYTES_MAX = 1 << 20;

/**
 * Closes the selections.
 *
 * @throws PromontoryError ERR_READ_SAMPLES_MAX, ERR_READ_RESPONSE_BYTES_MAX, ERR_QUERY_CANCELLED, ERR_QUERY_TIMEOUT, and
 *   what reading throws
 */
export function sampledAnswer(
  selections: readonly (ReadSelection | null)[],
  limits: ReadLimits,
  deadline: RequestDeadline,
  tellCost: DataCall['tellCost'],
): ApiResponse {
  const budget = new SampleBudget(limits.readSamplesMax);
  try {
    const writer = new SampledResponseWriter({ responseBytesMax: limits.readResponseBytesMax });
    for (const selection of selections) {
      writer.startResult();
      if (selection !== null) writeSelection(writer, selection, budget, deadline);
      writer.endResult();
    }
    return inParts(writer.finish());
  } finally {
    tellCost(budget.cost);
    closeSelections(selections);
  }
}

function writeSelection(
  writer: SampledResponseWriter,
  selection: ReadSelection,
  budget: SampleBudget,
  deadline: RequestDeadline,
): void {
  for (const series of selection.series) {
    deadline.check();
    const samples = selection.unsafeRead(series);
    budget.take(samples);
    writer.addSeries(series.labels, samples);
  }
  selection.close();
}

class SampleBudget {
  readonly #samplesMax: number;
  #samples = 0;

  constructor(samplesMax: number) {
    this.#samplesMax = samplesMax;
  }

  /** All samples are held until the answer is compressed, in the wire's encoding: its bytes are bounded apart. */
  get cost(): QueryCost {
    return { samplesRead: this.#samples, samplesPeak: this.#samples, memoryBytesPeak: 0 };
  }

  take(samples: SeriesSamples): void {
    this.#samples += countSamples(sampleBounds(samples));
    if (this.#samples <= this.#samplesMax) return;
    throw readError(
      ERR_READ_SAMPLES_MAX,
      `exceeded sample limit (${this.#samplesMax}); ask for fewer series or a shorter range, or accept STREAMED_XOR_CHUNKS`,
    );
  }
}

function inParts(parts: readonly Uint8Array[]): ApiResponse {
  let bodyBytes = 0;
  let bodyParts = 0;
  for (const part of parts) {
    if (bodyParts > 0 && bodyBytes + part.length > BODY_BYTES_MAX) break;
    bodyBytes += part.length;
    bodyParts++;
  }
  const body = new Uint8Array(bodyBytes);
  let at = 0;
  for (const part of parts.slice(0, bodyParts)) {
    body.set(part, at);
    at += part.length;
  }
  const rest = parts.slice(bodyParts);
  return { status: 200, headers: HEADERS, body, ...(rest.length > 0 && { stream: new PartStream(rest) }) };
}

/** Parts that are there already; each is let go when it is taken. */
class PartStream implements BodyStream {
  readonly heldBytes: number;
  #parts: Uint8Array[];

  constructor(parts: readonly Uint8Array[]) {
    this.heldBytes = parts.reduce((sum, part) => sum + part.length, 0);
    this.#parts = parts.toReversed();
  }

  next(): Uint8Array | null {
    return this.#parts.pop() ?? null;
  }

  close(): void {
    this.#parts = [];
  }
}
