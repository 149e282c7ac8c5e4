/**
 * Shared memory for the bodies of large answers. A query thread writes into a run of a slab, the HTTP thread sends it and gives
 * it back by a word in shared memory, and a later answer is written there. Memory that was moved between threads would be
 * detached (stripped-modules.ts).
 *
 * The slab stays: shared memory that nobody has any more waits for the garbage collectors of both threads, which do not count
 * it. The kernel gives memory only to pages that were written once. An answer for which there is no room is written into
 * memory that is counted, and copied.
 */
import { BodySlab, SLAB_PAGE_BYTES, slabCapacity } from '../pipeline/body-slab.ts';

/** Copying fewer bytes costs less than sharing them. */
const SHARED_BYTES_MIN = 16 * 1024;
const SLAB_BYTES = 128 * 1024 * 1024;

/** One word of shared memory: LENT until whoever has the body is done with it. */
export type BodyLease = Int32Array;

const FREE = 0;
const LENT = 1;

/** Offset and capacity. */
interface Run {
  readonly offset: number;
  readonly byteLength: number;
}

/** Nobody reads the body any more. */
export function giveBackBody(lease: BodyLease): void {
  Atomics.store(lease, 0, FREE);
}

/** One a query thread. */
export class AnswerMemory {
  readonly #slab = new BodySlab(SLAB_BYTES);
  /** Of the run that begins at a page. */
  readonly #leases = new Int32Array(new SharedArrayBuffer((SLAB_BYTES / SLAB_PAGE_BYTES) * 4));
  /** Given to the HTTP thread, and maybe back. */
  #lent: Run[] = [];
  /** Since the last answer: a body that outgrew its run, or whose query failed, leaves one behind. */
  #taken: Run[] = [];

  /** @returns at least so many bytes, of any contents, for the answer that is made now */
  readonly allocate = (byteCount: number): Uint8Array => {
    if (byteCount < SHARED_BYTES_MIN) return Buffer.allocUnsafeSlow(byteCount);
    this.#takeBack();
    const offset = this.#slab.tryAcquire(byteCount);
    if (offset === -1) return Buffer.allocUnsafeSlow(byteCount);
    const run = { offset, byteLength: slabCapacity(byteCount) };
    this.#taken.push(run);
    return this.#slab.bytes.subarray(offset, offset + run.byteLength);
  };

  /**
   * The answer is made. All that was taken for it is free again but for what its body lies in.
   *
   * @returns what gives that back; null for a body elsewhere
   */
  finish(body: Uint8Array): BodyLease | null {
    let lease: BodyLease | null = null;
    for (const { offset, byteLength } of this.#taken.splice(0)) {
      const isBody = body.buffer === this.#slab.memory && body.byteOffset === offset;
      const usedBytes = isBody ? slabCapacity(body.length) : 0;
      if (usedBytes < byteLength) this.#slab.release(offset + usedBytes, byteLength - usedBytes);
      if (isBody) lease = this.#lend({ offset, byteLength: usedBytes });
    }
    return lease;
  }

  #lend(run: Run): BodyLease {
    const page = run.offset / SLAB_PAGE_BYTES;
    const lease = this.#leases.subarray(page, page + 1);
    Atomics.store(lease, 0, LENT);
    this.#lent.push(run);
    return lease;
  }

  #takeBack(): void {
    this.#lent = this.#lent.filter(({ offset, byteLength }) => {
      if (Atomics.load(this.#leases, offset / SLAB_PAGE_BYTES) === LENT) return true;
      this.#slab.release(offset, byteLength);
      return false;
    });
  }
}
