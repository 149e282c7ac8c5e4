/**
 * The answer as a stream of frames with chunks. Series are read one at a time, when their bytes are asked for: a client
 * that takes them slowly costs the samples of one series, one frame, and what the selections pin.
 */
import { ChunkFrameWriter, SeriesChunks } from '@promontory/wire';
import type { HeaderLookup } from '../api-request.ts';
import type { ApiResponse, BodyStream } from '../api-response.ts';
import type { RequestDeadline } from '../endpoints/request-deadline.ts';
import type { ReadLimits } from './read-limits.ts';
import { closeSelections, type ReadSelection } from './read-selections.ts';

const HEADERS = [
  ['Content-Type', 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse'],
] as const;
/** Many series have a few hundred bytes: their frames are sent together. */
const PIECE_BYTES_MIN = 256 * 1024;
/** Prometheus refuses frames of more than 50,000,000 bytes unless it is told otherwise. */
const WHOLE_SERIES_BYTES_MAX = 48_000_000;
const TAKES_FRAMES_FOR_SERIES = /^Prometheus\//;

/**
 * The first piece is made at once, so that what is wrong with the first series is an error with a status, and a short
 * answer is no stream and pins nothing.
 *
 * @throws what reading throws, with all selections closed; later it is `next` of the stream that throws
 */
export function chunkedAnswer(
  selections: readonly (ReadSelection | null)[],
  frameBytesMax: number,
  deadline: RequestDeadline,
): ApiResponse {
  const stream = new ChunkStream(selections, frameBytesMax, deadline);
  const body = stream.next() ?? new Uint8Array(0);
  return { status: 200, headers: HEADERS, body, ...(!stream.isOver && { stream }) };
}

/**
 * Prometheus's own client takes every frame for a series of its own: one that goes on in a second frame is there twice,
 * and its queries fail or are wrong. So it gets each series in one frame; others get frames of the usual size.
 */
export function frameBytesMaxFor(headers: HeaderLookup, { readFrameBytesMax }: ReadLimits): number {
  const takesFramesForSeries = TAKES_FRAMES_FOR_SERIES.test(headers.get('user-agent') ?? '');
  return takesFramesForSeries ? Math.max(readFrameBytesMax, WHOLE_SERIES_BYTES_MAX) : readFrameBytesMax;
}

class ChunkStream implements BodyStream {
  readonly heldBytes = 0;
  readonly #frames: ChunkFrameWriter;
  readonly #chunks = new SeriesChunks();
  readonly #deadline: RequestDeadline;
  #selections: readonly (ReadSelection | null)[];
  #selection = 0;
  #series = 0;
  #isClosed = false;

  constructor(
    selections: readonly (ReadSelection | null)[],
    frameBytesMax: number,
    deadline: RequestDeadline,
  ) {
    this.#frames = new ChunkFrameWriter(frameBytesMax);
    this.#deadline = deadline;
    this.#selections = selections;
  }

  /** Everything was read, or the stream was closed: nothing is pinned any more. */
  get isOver(): boolean {
    return this.#selection >= this.#selections.length;
  }

  next(): Uint8Array | null {
    if (this.#isClosed) return null;
    try {
      while (this.#frames.pieceBytes < PIECE_BYTES_MIN && !this.isOver) this.#advance();
    } catch (error) {
      this.close();
      throw error;
    }
    return this.#frames.pieceBytes > 0 ? this.#frames.takePiece() : null;
  }

  close(): void {
    this.#isClosed = true;
    closeSelections(this.#selections);
    this.#selections = [];
  }

  /** Goes on by a chunk, or to the next series or query. */
  #advance(): void {
    const frames = this.#frames;
    const chunks = this.#chunks;
    if (chunks.next()) {
      const { encoding, startMsInclusive, endMsInclusive } = chunks;
      frames.addChunk({ encoding, startMsInclusive, endMsInclusive, data: chunks.unsafeView() });
      return;
    }
    frames.endSeries();
    this.#deadline.requireClient();
    const selection = this.#selections[this.#selection];
    const series = selection?.series[this.#series];
    if (selection && series) {
      this.#series++;
      frames.startSeries(selection.queryIndex, series.labels);
      chunks.start(selection.unsafeRead(series));
      return;
    }
    selection?.close();
    this.#selection++;
    this.#series = 0;
  }
}
