/** Everything that the stages of the write path share. Plain data: it is sent to each worker as it starts. */
import { allocateSampleBatch, type SampleBatchMemory } from '@promontory/model';
import { JobTable } from './job-table.ts';
import { allocateRing } from './shared-ring.ts';

/** Jobs between admission and reply. */
export const JOBS_MAX = 1024;
const BATCHES_PER_DECODER = 8;
const CONTROL_WORDS = 16;
const CONTROL_STOPPING = 0;
const CONTROL_TABLE_VERSION = 1;

export interface PipelineMemory {
  readonly control: SharedArrayBuffer;
  readonly slab: SharedArrayBuffer;
  readonly jobs: SharedArrayBuffer;
  readonly batches: readonly SampleBatchMemory[];
  /** HTTP thread → decoders: jobs. */
  readonly submitted: SharedArrayBuffer;
  /** Storage → decoders: batches. */
  readonly freeBatches: SharedArrayBuffer;
  /** Decoders → storage: jobs. */
  readonly decoded: SharedArrayBuffer;
  /** Decoders, storage → HTTP thread: jobs. */
  readonly completed: SharedArrayBuffer;
}

export interface PipelineBounds {
  readonly decodeThreads: number;
  readonly decodedBytesMax: number;
}

/** The smallest sample that a request can hold takes this many bytes: a Sample message with both fields zero. */
const SAMPLE_BYTES_MIN = 2;
const SAMPLES_PER_REQUEST_MAX = 4_000_000;
/** Histograms are kept with counts where a request has differences, which are smaller. */
const HISTOGRAM_BYTES_PER_DECODED_BYTE = 2;

export function allocatePipeline(slab: SharedArrayBuffer, bounds: PipelineBounds): PipelineMemory {
  const batchCount = bounds.decodeThreads * BATCHES_PER_DECODER;
  const samplesMax = Math.min(SAMPLES_PER_REQUEST_MAX, Math.ceil(bounds.decodedBytesMax / SAMPLE_BYTES_MIN));
  return {
    control: new SharedArrayBuffer(CONTROL_WORDS * 4),
    slab,
    jobs: JobTable.allocate(JOBS_MAX),
    batches: Array.from({ length: batchCount }, () =>
      allocateSampleBatch({
        samplesMax,
        labelBytesMax: 2 * bounds.decodedBytesMax,
        histogramBytesMax: HISTOGRAM_BYTES_PER_DECODED_BYTE * bounds.decodedBytesMax,
      }),
    ),
    submitted: allocateRingFor(JOBS_MAX),
    freeBatches: allocateRingFor(batchCount),
    decoded: allocateRingFor(JOBS_MAX),
    completed: allocateRingFor(JOBS_MAX),
  };
}

/** Twice the cells: a consumer that is interrupted in a pop then holds up nobody for at least half a lap. */
function allocateRingFor(valueCount: number): SharedArrayBuffer {
  return allocateRing(2 ** Math.ceil(Math.log2(2 * valueCount)));
}

/** The few words that all stages watch. */
export class PipelineControl {
  readonly #words: Int32Array;

  constructor(memory: PipelineMemory) {
    this.#words = new Int32Array(memory.control);
  }

  get isStopping(): boolean {
    return Atomics.load(this.#words, CONTROL_STOPPING) !== 0;
  }

  stop(): void {
    Atomics.store(this.#words, CONTROL_STOPPING, 1);
  }

  /** Counts the moves of the fingerprint table: decoders that know an older one attach anew. */
  get tableVersion(): number {
    return Atomics.load(this.#words, CONTROL_TABLE_VERSION);
  }

  announceTable(): void {
    Atomics.add(this.#words, CONTROL_TABLE_VERSION, 1);
  }
}
