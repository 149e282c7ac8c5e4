/**
 * The decode stage, one a worker thread: takes submitted jobs, uncompresses and walks their bodies into
 * batches, and hands them to the storage stage. A request that cannot be decoded is answered from here.
 */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { freeMemory, PromontoryError } from '@promontory/base';
import { type RejectionTally as Tally, RejectionTally, SampleBatch } from '@promontory/model';
import { FingerprintTable, LookupEpochs } from '@promontory/tsdb/threads';
import {
  type SeriesLabelLimits,
  type SeriesLookup,
  uncompress,
  WriteWalk,
  WriteWalkV2,
} from '@promontory/wire';
import { ERR_STOPPING } from '../error-codes.ts';
import { JobTable, NOTHING_WRITTEN, type WriteFormat } from './job-table.ts';
import { PipelineControl, type PipelineMemory } from './pipeline-memory.ts';
import { EMPTY, SharedRing } from './shared-ring.ts';

const SLEEP_MS = 1000;

export interface DecodeStageOptions {
  readonly memory: PipelineMemory;
  readonly fingerprintKey: Int32Array;
  readonly table: SharedArrayBuffer;
  /** The storage stage sends the table's new memory here when it moves. */
  readonly tablePort: MessagePort;
  /** Of the database; the slot of a batch is its index. */
  readonly lookupEpochs: SharedArrayBuffer;
  readonly labelLimits: SeriesLabelLimits;
  readonly decodedBytesMax: number;
}

/** Reads bodies of one format into batches. */
interface BodyWalk {
  walk(bytes: Uint8Array, batch: SampleBatch, tally: Tally, leftOut: Tally): void;
  forgetSeries(): void;
}

/** The shared table, attached anew when it has moved. */
class FollowedTable implements SeriesLookup {
  #table: FingerprintTable;
  #version: number;
  readonly #port: MessagePort;
  readonly #control: PipelineControl;

  constructor(memory: SharedArrayBuffer, port: MessagePort, control: PipelineControl) {
    this.#table = new FingerprintTable(memory);
    this.#version = 0;
    this.#port = port;
    this.#control = control;
  }

  find(lane0: number, lane1: number, lane2: number): number {
    return this.#table.find(lane0, lane1, lane2);
  }

  follow(): void {
    const version = this.#control.tableVersion;
    if (version === this.#version) return;
    this.#version = version;
    for (
      let received = receiveMessageOnPort(this.#port);
      received;
      received = receiveMessageOnPort(this.#port)
    ) {
      this.#table = new FingerprintTable(received.message as SharedArrayBuffer);
    }
  }
}

export class DecodeStage {
  readonly #control: PipelineControl;
  readonly #jobs: JobTable;
  readonly #batches: readonly SampleBatch[];
  readonly #submitted: SharedRing;
  readonly #freeBatches: SharedRing;
  readonly #decoded: SharedRing;
  readonly #completed: SharedRing;
  readonly #table: FollowedTable;
  readonly #epochs: LookupEpochs;
  /** Under which the walks' own caches were filled. */
  #epoch = 0;
  readonly #walks: Readonly<Record<WriteFormat, BodyWalk>>;
  readonly #tally: Tally = new RejectionTally();
  readonly #leftOut: Tally = new RejectionTally();
  readonly #decodedBytesMax: number;

  constructor(options: DecodeStageOptions) {
    const { memory } = options;
    this.#control = new PipelineControl(memory);
    this.#jobs = new JobTable(memory.jobs, memory.slab);
    this.#batches = memory.batches.map((each) => new SampleBatch(each));
    this.#submitted = new SharedRing(memory.submitted);
    this.#freeBatches = new SharedRing(memory.freeBatches);
    this.#decoded = new SharedRing(memory.decoded);
    this.#completed = new SharedRing(memory.completed);
    this.#table = new FollowedTable(options.table, options.tablePort, this.#control);
    this.#epochs = new LookupEpochs(options.lookupEpochs);
    const { fingerprintKey, labelLimits } = options;
    this.#walks = {
      'remote-write-1': new WriteWalk(fingerprintKey, this.#table, labelLimits),
      'remote-write-2': new WriteWalkV2(fingerprintKey, this.#table, labelLimits),
    };
    this.#decodedBytesMax = options.decodedBytesMax;
  }

  /** Works until the pipeline stops and nothing is submitted any more. */
  run(): void {
    for (;;) {
      const ticket = this.#submitted.ticket;
      const job = this.#submitted.pop();
      if (job !== EMPTY) this.#decode(job);
      else if (this.#control.isStopping) return;
      else this.#submitted.sleep(ticket, SLEEP_MS);
    }
  }

  #decode(job: number): void {
    const batchIndex = this.#takeBatch();
    if (batchIndex === EMPTY) {
      this.#jobs.setFailed(job, stoppingError());
      this.#completed.push(job);
      return;
    }
    const batch = this.#batches[batchIndex];
    if (batch === undefined) throw new RangeError(`no batch ${batchIndex}`);
    batch.refresh();
    batch.clear();
    this.#tally.clear();
    this.#leftOut.clear();
    this.#enterEpoch(batchIndex);
    this.#table.follow();
    try {
      const bytes = uncompress(this.#jobs.unsafeViewBody(job), this.#decodedBytesMax);
      this.#walks[this.#jobs.formatOf(job)].walk(bytes, batch, this.#tally, this.#leftOut);
      freeMemory(bytes);
    } catch (error) {
      this.#jobs.setFailed(job, error);
      this.#answer(job, batchIndex);
      return;
    }
    this.#jobs.setDecoded(job, batchIndex);
    if (!this.#tally.isEmpty || !this.#leftOut.isEmpty) {
      this.#jobs.setRefused(job, { rejections: this.#tally.toArray(), leftOut: this.#leftOut.toArray() });
    }
    if (batch.isEmpty) {
      this.#jobs.setWritten(job, NOTHING_WRITTEN);
      this.#answer(job, batchIndex);
      return;
    }
    batch.publish();
    this.#decoded.push(job);
  }

  /** The refs that are found now stay valid until the storage stage has used up the batch. */
  #enterEpoch(batchIndex: number): void {
    const epoch = this.#epochs.enter(batchIndex);
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    for (const walk of Object.values(this.#walks)) walk.forgetSeries();
  }

  #answer(job: number, batchIndex: number): void {
    this.#epochs.leave(batchIndex);
    this.#freeBatches.push(batchIndex);
    this.#completed.push(job);
  }

  /** @returns EMPTY when the pipeline stops and the storage stage gives no batch back any more */
  #takeBatch(): number {
    let hasWaitedStopping = false;
    for (;;) {
      const ticket = this.#freeBatches.ticket;
      const batch = this.#freeBatches.pop();
      if (batch !== EMPTY || hasWaitedStopping) return batch;
      const isStopping = this.#control.isStopping;
      this.#freeBatches.sleep(ticket, SLEEP_MS);
      hasWaitedStopping = isStopping && this.#freeBatches.ticket === ticket;
    }
  }
}

function stoppingError(): PromontoryError {
  return new PromontoryError('cannot take write request: the server is shutting down; send it again', {
    code: ERR_STOPPING,
    kind: 'unavailable',
  });
}
