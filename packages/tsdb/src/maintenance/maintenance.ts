/**
 * The work behind the scenes, a short step a call. Retention comes first: it looks once a minute, and on a full
 * disk it is what makes room for all that writes. Then flushes, since memory waits for them; then deletions and
 * merges; then series that nobody needs any more; then files that could not be deleted before. A flush or merge that
 * fails, mostly for want of room on the disk, does not keep series and files from leaving.
 */
import { errorCode } from '@promontory/base';
import { ERR_STORE_FAILED } from '../error-codes.ts';
import type { DatabaseParts } from './database-parts.ts';
import { FlushTask } from './flush-task.ts';
import { RetentionTask } from './retention-task.ts';
import { RewriteTask } from './rewrite-task.ts';
import { SeriesTask } from './series-task.ts';

export class Maintenance {
  readonly #parts: DatabaseParts;
  readonly #flush: FlushTask;
  readonly #retention: RetentionTask;
  readonly #rewrite: RewriteTask;
  readonly #series: SeriesTask;

  constructor(parts: DatabaseParts) {
    this.#parts = parts;
    this.#series = new SeriesTask(parts);
    const onRemoved = (refs: Int32Array): void => this.#series.addRemoved(refs);
    this.#flush = new FlushTask(parts, (refs) => this.#series.addRetired(refs));
    this.#retention = new RetentionTask(parts, onRemoved);
    this.#rewrite = new RewriteTask(parts, onRemoved);
  }

  /**
   * Drops what is past the retention. To be called before anything that may fail on a full disk.
   *
   * @returns whether blocks were dropped
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ; it is tried again
   */
  stepRetention(): boolean {
    return this.#retention.step();
  }

  /** Writes a piece of the oldest frozen generation. @returns false when there is none */
  async stepFlush(): Promise<boolean> {
    return this.#flush.step();
  }

  /**
   * Does a piece of writing those blocks anew from which something was deleted, or of what was begun before.
   *
   * @returns false when no intact block is to be written anew for a deletion
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ, ERR_DISK_FULL; it is tried again. ERR_STORE_FAILED
   */
  async stepDeletions(): Promise<boolean> {
    return this.#rewrite.hasDeletions() && this.#rewrite.step();
  }

  /**
   * Does a piece of all else.
   *
   * @returns whether anything was done
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ, ERR_DISK_FULL; it is tried again, and what comes after it
   *   had its step. ERR_STORE_FAILED
   */
  async step(): Promise<boolean> {
    const errors: unknown[] = [];
    let progressed = false;
    for (const step of [() => this.#stepBlocks(), () => this.#series.step(), () => this.#stepFiles()]) {
      try {
        progressed = await step();
      } catch (error) {
        if (errorCode(error) === ERR_STORE_FAILED) throw error;
        errors.push(error);
      }
      if (progressed) break;
    }
    if (errors.length > 0) throw errors[0];
    return progressed;
  }

  /** Leaves what is under way; it starts again later. */
  async abort(): Promise<void> {
    await this.#flush.abort();
    await this.#rewrite.abort();
  }

  async #stepBlocks(): Promise<boolean> {
    return (await this.#flush.step()) || (await this.#rewrite.step());
  }

  async #stepFiles(): Promise<boolean> {
    try {
      await this.#parts.head.deleteRetired();
    } finally {
      this.#parts.blocks.deleteRemoved();
    }
    return false;
  }
}
