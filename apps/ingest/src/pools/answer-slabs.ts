/**
 * Shared memory for the bodies of large answers. A query thread writes into a slab, the HTTP thread sends it and gives it
 * back by a word in shared memory, and the next answer is written into it. Memory that was moved between threads would be
 * detached (stripped-modules.ts).
 *
 * Slabs stay: shared memory that nobody has any more waits for the garbage collectors of both threads, which do not count
 * it. An answer for which there is no slab, and no room for one more, is written into memory that is counted, and copied.
 */

/** Copying fewer bytes costs less than sharing them. */
const SHARED_BYTES_MIN = 16 * 1024;
/** Of all slabs together. */
const SLABS_BYTES_MAX = 64 * 1024 * 1024;
/** A slab is less than this many times as large as what is asked for. */
const SPARE_FACTOR_MAX = 8;

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
  readonly #slabs: Slab[] = [];
  #slabsBytes = 0;
  /** Since the last answer: a body that outgrew its slab, or whose query failed, leaves one behind. */
  #taken: Slab[] = [];

  /** @returns at least so many bytes, of any contents, for the answer that is made now */
  readonly allocate = (byteCount: number): Uint8Array => {
    const slab =
      byteCount < SHARED_BYTES_MIN ? null : (this.#findFree(byteCount) ?? this.#tryMake(byteCount));
    if (slab === null) return Buffer.allocUnsafeSlow(byteCount);
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
        slab.memory.byteLength < byteCount * SPARE_FACTOR_MAX,
    );
  }

  /** @returns a slab of a power of two bytes; null when all would have too many */
  #tryMake(byteCount: number): Slab | null {
    const slabBytes = 2 ** Math.ceil(Math.log2(byteCount));
    if (this.#slabsBytes + slabBytes > SLABS_BYTES_MAX) return null;
    const slab = {
      memory: new SharedArrayBuffer(slabBytes),
      lease: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    };
    this.#slabsBytes += slabBytes;
    this.#slabs.push(slab);
    return slab;
  }
}

function isFree({ lease }: Slab): boolean {
  return Atomics.load(lease, 0) === FREE;
}
