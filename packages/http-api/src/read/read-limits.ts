import type { ReadRequestLimits } from '@promontory/wire';

/** Bounds of one remote read. How many run at once is the server's to bound. */
export interface ReadLimits extends ReadRequestLimits {
  /** Of the body as it is sent. */
  readonly readBodyBytesMax: number;
  /** Of the body as it says it is when it is uncompressed. */
  readonly readDecodedBytesMax: number;
  /** From the start of a query to its end, or to now when that is earlier, after its hints narrowed it. */
  readonly readSpanMsMax: number;
  /** That the matchers of all queries select together, with samples in their ranges or not. */
  readonly readSeriesMax: number;
  /** Of all queries together, in a response of samples; chunks are streamed, and need no such bound. */
  readonly readSamplesMax: number;
  /** Of a response of samples before compression, below 2^32: histograms are samples of any size. */
  readonly readResponseBytesMax: number;
  /** Of chunks and labels in a frame of a streamed response; its last chunk may go beyond. */
  readonly readFrameBytesMax: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What Prometheus has where it has a limit: bodies, samples and frames. */
export const DEFAULT_READ_LIMITS: ReadLimits = {
  readBodyBytesMax: 32 * 1024 ** 2,
  readDecodedBytesMax: 32 * 1024 ** 2,
  readQueriesMax: 100,
  readMatchersMax: 10_000,
  readSpanMsMax: 30 * DAY_MS,
  readSeriesMax: 200_000,
  readSamplesMax: 50_000_000,
  readResponseBytesMax: 1024 ** 3,
  readFrameBytesMax: 1024 ** 2,
};
