/**
 * Shared memory for the bodies of large answers. A query thread writes into a slab, the HTTP thread sends it and gives it
 * back by a word in shared memory, and the next answer is written into it. Memory that was moved between threads would be
 * detached (stripped-modules.ts), and fresh shared memory for each answer would wait for the garbage collectors of both
 * threads, which do not count it.
 */

/** Copying fewer bytes costs less than sharing them. */
const SHARED_BYTES_MIN = 16 * 1024;
/** Of all slabs together; what is beyond goes when it was sent. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;
/** A slab is this many times as large as what is asked for at most. */
const SPARE_FACTOR_MAX = 8;
const PAGE_BYTES = 4096;

/** One word of shared memory: TAKEN until whoever has the body is done with it. */
export type SlabLease = Int32Array;

const FREE = 0;
const TAKEN = 1;

interface Slab {
  readonly memory: SharedArrayBuffer;
  readonly lease: SlabLease;
}

/** Nobody reads the body any more. */
export function giveBackSlab(lease: SlabLease): void {
  Atomics.store(lease, 0, FREE);
}

/** One a query thread. */
export class AnswerSlabs {
  #slabs: Slab[] = [];
  /** Since the last answer: a body that outgrew its slab, or whose query failed, leaves one behind. */
  #taken: Slab[] = [];

  /** @returns at least so many bytes, of any contents, for the answer that is made now */
  readonly allocate = (byteCount: number): Uint8Array => {
    if (byteCount < SHARED_BYTES_MIN) return Buffer.allocUnsafeSlow(byteCount);
    const slab = this.#findFree(byteCount) ?? this.#make(byteCount);
    Atomics.store(slab.lease, 0, TAKEN);
    this.#taken.push(slab);
    return new Uint8Array(slab.memory);
  };

  /**
   * The answer is made. All slabs that were taken for it are free again but the one that its body lies in.
   *
   * @returns what gives that one back; null for a body elsewhere
   */
  finish(body: Uint8Array): SlabLease | null {
    let lease: SlabLease | null = null;
    for (const slab of this.#taken.splice(0)) {
      if (slab.memory === body.buffer) lease = slab.lease;
      else giveBackSlab(slab.lease);
    }
    return lease;
  }

  /** Not one that is much larger: a client that reads slowly pins all of it. */
  #findFree(byteCount: number): Slab | undefined {
    return this.#slabs.find(
      (slab) =>
        isFree(slab) &&
        slab.memory.byteLength >= byteCount &&
        slab.memory.byteLength <= byteCount * SPARE_FACTOR_MAX,
    );
  }

  #make(byteCount: number): Slab {
    const slab = {
      memory: new SharedArrayBuffer(Math.ceil(byteCount / PAGE_BYTES) * PAGE_BYTES),
      lease: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    };
    this.#keep(slab);
    return slab;
  }

  /** In place of free ones, the oldest first, until all are within the bound. */
  #keep(slab: Slab): void {
    let bytes = slab.memory.byteLength;
    for (const { memory } of this.#slabs) bytes += memory.byteLength;
    this.#slabs = this.#slabs.filter((each) => {
      if (bytes <= KEPT_BYTES_MAX || !isFree(each)) return true;
      bytes -= each.memory.byteLength;
      return false;
    });
    if (bytes <= KEPT_BYTES_MAX) this.#slabs.push(slab);
  }
}

function isFree({ lease }: Slab): boolean {
  return Atomics.load(lease, 0) === FREE;
}
