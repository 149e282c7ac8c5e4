/**
 * The HTTP thread's side of the write path: admits bodies into the slab, hands them to the decoders, and
 * calls back when the storage stage has answered. Everything is bounded: when slab or jobs run out, the
 * caller is told at once and answers 503. A body takes memory as it arrives, not as it declares: otherwise a
 * few slow senders of large bodies would hold all of it.
 */
import { allocatePipeline, JOBS_MAX, PipelineControl, type PipelineMemory } from './pipeline-memory.ts';
import { BodySlab, slabCapacity } from './body-slab.ts';
import { type JobOutcome, JobTable, type WriteFormat } from './job-table.ts';
import { EMPTY, SharedRing } from './shared-ring.ts';

/** A request body being received. Exactly one of `submit` and `discard` ends it. */
export interface IncomingBody {
  /** Copies a piece. @returns false when there is no room for it: the request is over, discard it */
  tryAppend(chunk: Uint8Array): boolean;
  readonly byteLength: number;
  submit(format: WriteFormat, onAnswer: (outcome: JobOutcome) => void): void;
  discard(): void;
}

export interface WritePipelineOptions {
  readonly bytesInFlightMax: number;
  readonly decodeThreads: number;
  readonly decodedBytesMax: number;
}

/** What a body takes before its first byte is there: all of most bodies. */
const FIRST_BYTES_MAX = 1024 * 1024;

interface PendingJob {
  readonly offset: number;
  readonly capacity: number;
  readonly onAnswer: (outcome: JobOutcome) => void;
}

export class WritePipeline {
  readonly memory: PipelineMemory;
  readonly #slab: BodySlab;
  readonly #control: PipelineControl;
  readonly #jobs: JobTable;
  readonly #submitted: SharedRing;
  readonly #completed: SharedRing;
  readonly #freeJobs: number[];
  readonly #pending = new Map<number, PendingJob>();
  #watching = true;

  constructor(options: WritePipelineOptions) {
    this.#slab = new BodySlab(options.bytesInFlightMax);
    this.memory = allocatePipeline(this.#slab.memory, options);
    this.#control = new PipelineControl(this.memory);
    this.#jobs = new JobTable(this.memory.jobs, this.memory.slab);
    this.#submitted = new SharedRing(this.memory.submitted);
    this.#completed = new SharedRing(this.memory.completed);
    this.#freeJobs = Array.from({ length: JOBS_MAX }, (_, index) => JOBS_MAX - 1 - index);
    const freeBatches = new SharedRing(this.memory.freeBatches);
    for (const batch of this.memory.batches.keys()) freeBatches.push(batch);
  }

  get jobsInFlight(): number {
    return this.#pending.size;
  }

  get bytesInFlight(): number {
    return this.#slab.bytesInUse;
  }

  /** Answers jobs as they complete, until `stop`. */
  async watch(): Promise<void> {
    while (this.#watching) {
      const { ticket } = this.#completed;
      this.#answerCompleted();
      await this.#completed.sleepAsync(ticket);
    }
  }

  /** @param expectedBytes the declared length, or a guess @returns null when there is no room */
  tryBegin(expectedBytes: number): IncomingBody | null {
    const job = this.#freeJobs.pop();
    if (job === undefined) return null;
    const firstBytes = Math.min(expectedBytes, FIRST_BYTES_MAX);
    const offset = this.#slab.tryAcquire(firstBytes);
    if (offset >= 0)
      return new SlabBody({ pipeline: this, slab: this.#slab, job, offset, firstBytes, expectedBytes });
    this.#freeJobs.push(job);
    return null;
  }

  /** Has the storage stage look around, should it sleep. */
  wakeStorage(): void {
    new SharedRing(this.memory.decoded).wake();
  }

  /** Stops the stages once they have worked off what was submitted. */
  stop(): void {
    this.#control.stop();
    this.#submitted.wake();
    this.wakeStorage();
  }

  /** Ends `watch`, and answers what is complete. */
  finish(): void {
    this.#watching = false;
    this.#completed.wake();
    this.#answerCompleted();
  }

  submit(
    job: number,
    format: WriteFormat,
    { offset, capacity, length }: { offset: number; capacity: number; length: number },
    onAnswer: (outcome: JobOutcome) => void,
  ): void {
    this.#pending.set(job, { offset, capacity, onAnswer });
    this.#jobs.begin(job, format, offset, length);
    this.#submitted.push(job);
  }

  discard(job: number, offset: number, capacity: number): void {
    this.#slab.release(offset, capacity);
    this.#freeJobs.push(job);
  }

  #answerCompleted(): void {
    for (let job = this.#completed.pop(); job !== EMPTY; job = this.#completed.pop()) {
      const pending = this.#pending.get(job);
      if (pending === undefined) continue;
      this.#pending.delete(job);
      const outcome = this.#jobs.outcome(job);
      this.discard(job, pending.offset, pending.capacity);
      pending.onAnswer(outcome);
    }
  }
}

interface SlabBodyOptions {
  readonly pipeline: WritePipeline;
  readonly slab: BodySlab;
  readonly job: number;
  /** A run of `firstBytes`. */
  readonly offset: number;
  readonly firstBytes: number;
  readonly expectedBytes: number;
}

class SlabBody implements IncomingBody {
  byteLength = 0;
  readonly #pipeline: WritePipeline;
  readonly #slab: BodySlab;
  readonly #job: number;
  readonly #expectedBytes: number;
  #offset: number;
  #capacity: number;

  constructor(options: SlabBodyOptions) {
    this.#pipeline = options.pipeline;
    this.#slab = options.slab;
    this.#job = options.job;
    this.#expectedBytes = options.expectedBytes;
    this.#offset = options.offset;
    this.#capacity = slabCapacity(options.firstBytes);
  }

  tryAppend(chunk: Uint8Array): boolean {
    const end = this.byteLength + chunk.length;
    if (end > this.#capacity && !this.#tryGrow(end)) return false;
    this.#slab.bytes.set(chunk, this.#offset + this.byteLength);
    this.byteLength = end;
    return true;
  }

  submit(format: WriteFormat, onAnswer: (outcome: JobOutcome) => void): void {
    const run = { offset: this.#offset, capacity: this.#capacity, length: this.byteLength };
    this.#pipeline.submit(this.#job, format, run, onAnswer);
  }

  discard(): void {
    this.#pipeline.discard(this.#job, this.#offset, this.#capacity);
  }

  /** Doubles, so that copies cost no more than the body; not past what is expected; else what is needed now. */
  #tryGrow(byteLength: number): boolean {
    const doubled = this.#capacity * 2;
    const isExpected = byteLength <= this.#expectedBytes;
    const wanted = Math.max(byteLength, isExpected ? Math.min(doubled, this.#expectedBytes) : doubled);
    return this.#tryGrowTo(wanted) || (wanted > byteLength && this.#tryGrowTo(byteLength));
  }

  /** Where it lies when the pages behind are free, else elsewhere. */
  #tryGrowTo(wantedBytes: number): boolean {
    if (!this.#slab.tryExtend(this.#offset, this.#capacity, wantedBytes)) {
      const offset = this.#slab.tryAcquire(wantedBytes);
      if (offset < 0) return false;
      this.#slab.bytes.copyWithin(offset, this.#offset, this.#offset + this.byteLength);
      this.#slab.release(this.#offset, this.#capacity);
      this.#offset = offset;
    }
    this.#capacity = slabCapacity(wantedBytes);
    return true;
  }
}
