/**
 * The storage stage, the one thread that writes: appends every decoded batch that waits, commits them
 * together (one sync to disk for all), and answers their jobs. Commits in flight let new batches gather, so
 * groups grow with the load by themselves. Background work goes in between, a step at a time; while a step waits for
 * the disk, as at the end of a block, appending and committing go on.
 *
 * The event loop turns now and then: LMDB's binding sets a timer for every snapshot it keeps for reading, and
 * these timers, and the snapshots, would otherwise stay.
 */
import { setImmediate as turnEventLoop, setTimeout as wait } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { errorCode, errorMessage } from '@promontory/base';
import { RejectionTally, SampleBatch } from '@promontory/model';
import type { TsdbWriter } from '@promontory/tsdb/threads';
import { AdminDesk } from '../admin/admin-desk.ts';
import { ERR_INTERNAL } from '../error-codes.ts';
import { JobTable } from './job-table.ts';
import { PipelineControl, type PipelineMemory } from './pipeline-memory.ts';
import { EMPTY, SharedRing } from './shared-ring.ts';
import { StorageFigures } from './storage-figures.ts';

const JOBS_PER_COMMIT_MAX = 256;
const SLEEP_MS = 250;
/** A wait for a step needs the event loop, which new jobs do not wake. */
const STEP_WAIT_MS = 1;
/** A turn of the event loop takes about 1.4 µs: less than 0.1 µs a batch. */
const TURNS_PER_EVENT_LOOP_TURN = 16;

/** A step of background work that failed; it is tried again. */
export interface MaintenanceFailure {
  readonly code: string;
  readonly message: string;
}

export interface StorageStageOptions {
  readonly memory: PipelineMemory;
  readonly figures: SharedArrayBuffer;
  /** One a decoder: the fingerprint table's memory goes there when it moves. */
  readonly tablePorts: readonly MessagePort[];
  /** Administrative requests come from there, and are answered there. */
  readonly adminPort: MessagePort;
}

export class StorageStage {
  readonly #writer: TsdbWriter;
  readonly #control: PipelineControl;
  readonly #jobs: JobTable;
  readonly #batches: readonly SampleBatch[];
  readonly #decoded: SharedRing;
  readonly #freeBatches: SharedRing;
  readonly #completed: SharedRing;
  readonly #tablePorts: readonly MessagePort[];
  readonly #figures: StorageFigures;
  readonly #admin: AdminDesk;
  readonly #tally = new RejectionTally();
  /** Exemplars and metadata, for which no request fails. */
  readonly #leftOut = new RejectionTally();
  readonly #onMaintenanceFailure: (failure: MaintenanceFailure) => void;
  #tableMemory: SharedArrayBuffer;
  /** Appended and not yet answered. */
  #group: number[] = [];
  /** The step of background work that is under way. */
  #step: Promise<boolean> | null = null;
  /** Of the last step, when it failed. */
  #failureMessage = '';

  /** @param onMaintenanceFailure told when background work fails, and again when it fails otherwise */
  constructor(
    writer: TsdbWriter,
    options: StorageStageOptions,
    onMaintenanceFailure: (failure: MaintenanceFailure) => void,
  ) {
    const { memory } = options;
    this.#writer = writer;
    this.#onMaintenanceFailure = onMaintenanceFailure;
    this.#control = new PipelineControl(memory);
    this.#jobs = new JobTable(memory.jobs, memory.slab);
    this.#batches = memory.batches.map((each) => new SampleBatch(each));
    this.#decoded = new SharedRing(memory.decoded);
    this.#freeBatches = new SharedRing(memory.freeBatches);
    this.#completed = new SharedRing(memory.completed);
    this.#tablePorts = options.tablePorts;
    this.#figures = new StorageFigures(options.figures);
    this.#admin = new AdminDesk(writer, options.adminPort, () => this.#figures.publish(writer));
    this.#tableMemory = writer.fingerprintTable.memory;
    this.#figures.publish(writer);
  }

  /**
   * Works until the pipeline stops and nothing is decoded any more; then commits and closes the database. What is asked for
   * by administrators and not done by then fails.
   *
   * @throws PromontoryError ERR_STORE_FAILED when the writer became unusable: only a new process can go on
   */
  async run(): Promise<void> {
    for (let turn = 1; ; turn++) {
      const { ticket } = this.#decoded;
      const isEmpty = this.#appendWaiting();
      if (this.#group.length > 0) this.#commitGroup();
      this.#writer.mustBeWell();
      this.#admin.takeAll();
      // Most steps are done when they return. One that is not goes on while the event loop turns.
      const step = (this.#step ??= this.#tryMaintain());
      await Promise.race([step, turnEventLoop()]);
      if (turn % TURNS_PER_EVENT_LOOP_TURN === 0 || this.#admin.isBusy) await turnEventLoop();
      if (!isEmpty || this.#decoded.ticket !== ticket) continue;
      if (this.#control.isStopping) break;
      if (this.#admin.isBusy) await Promise.race([this.#admin.settled, wait(STEP_WAIT_MS)]);
      else if (this.#step !== null) await Promise.race([step, wait(STEP_WAIT_MS)]);
      else if (!(await step)) this.#decoded.sleep(ticket, SLEEP_MS);
    }
    await this.#step;
    await this.#writer.close();
    await this.#admin.settled;
  }

  /** @returns false when the group is full and more may wait */
  #appendWaiting(): boolean {
    while (this.#group.length < JOBS_PER_COMMIT_MAX) {
      const job = this.#decoded.pop();
      if (job === EMPTY) return true;
      this.#append(job);
    }
    return false;
  }

  #append(job: number): void {
    const batchIndex = this.#jobs.batchOf(job);
    const batch = this.#batches[batchIndex];
    if (batch === undefined) throw new RangeError(`no batch ${batchIndex}`);
    batch.refresh();
    this.#tally.clear();
    this.#leftOut.clear();
    try {
      this.#jobs.setWritten(job, this.#writer.append(batch, this.#tally, this.#leftOut));
      if (!this.#tally.isEmpty || !this.#leftOut.isEmpty) this.#addRefused(job);
      this.#group.push(job);
    } catch (error) {
      this.#jobs.setFailed(job, error);
      this.#completed.push(job);
    }
    this.#writer.lookupEpochs.leave(batchIndex);
    this.#freeBatches.push(batchIndex);
    this.#announceTable();
  }

  #addRefused(job: number): void {
    const { rejections, leftOut, warnings } = this.#jobs.refused(job);
    this.#tally.addAll(rejections);
    this.#leftOut.addAll(leftOut.map((each) => ({ ...each, example: '' })));
    this.#jobs.setRefused(job, {
      rejections: this.#tally.toArray(),
      leftOut: this.#leftOut.toArray(),
      warnings,
    });
  }

  #commitGroup(): void {
    try {
      this.#writer.commit();
    } catch (error) {
      for (const job of this.#group) this.#jobs.setFailed(job, error);
    }
    // Before the answers: whoever has one finds it counted.
    this.#figures.publish(this.#writer);
    for (const job of this.#group) this.#completed.push(job);
    this.#group = [];
  }

  /** @returns whether a step was done, so that another may follow at once */
  async #tryMaintain(): Promise<boolean> {
    try {
      const progressed = await this.#writer.maintain();
      this.#figures.clearMaintenanceFailure();
      this.#failureMessage = '';
      if (progressed) this.#figures.publish(this.#writer);
      this.#announceTable();
      return progressed;
    } catch (error) {
      this.#figures.countMaintenanceFailure();
      this.#tellFailure(error);
      return false;
    } finally {
      this.#step = null;
    }
  }

  /** Once for as long as it fails in the same way: it is tried some times a second. */
  #tellFailure(error: unknown): void {
    const message = errorMessage(error);
    if (message === this.#failureMessage) return;
    this.#failureMessage = message;
    this.#onMaintenanceFailure({ code: errorCode(error) ?? ERR_INTERNAL, message });
  }

  #announceTable(): void {
    const { memory } = this.#writer.fingerprintTable;
    if (memory === this.#tableMemory) return;
    this.#tableMemory = memory;
    for (const port of this.#tablePorts) port.postMessage(memory);
    this.#control.announceTable();
  }
}
