/**
 * Memory for bodies, of requests or of answers: one shared region cut into pages, a body in a run of neighbouring pages.
 * Owned by one thread; the lowest free run is taken first, so that the pages in use stay few and warm.
 */
import { assert } from '@promontory/base';

export const SLAB_PAGE_BYTES = 64 * 1024;

export class BodySlab {
  readonly memory: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  readonly #pageUsed: Uint8Array;
  #pagesInUse = 0;

  /** @param capacityBytes rounded up to pages: one body of this many bytes always fits into an empty slab */
  constructor(capacityBytes: number) {
    const pages = pagesFor(capacityBytes);
    this.memory = new SharedArrayBuffer(pages * SLAB_PAGE_BYTES);
    this.bytes = new Uint8Array(this.memory);
    this.#pageUsed = new Uint8Array(pages);
  }

  get bytesInUse(): number {
    return this.#pagesInUse * SLAB_PAGE_BYTES;
  }

  /** @returns the offset of a run of at least `byteLength` bytes, or -1 when there is none */
  tryAcquire(byteLength: number): number {
    const wanted = pagesFor(byteLength);
    let run = 0;
    for (let page = 0; page < this.#pageUsed.length; page++) {
      run = this.#pageUsed[page] === 0 ? run + 1 : 0;
      if (run < wanted) continue;
      const first = page - wanted + 1;
      this.#pageUsed.fill(1, first, first + wanted);
      this.#pagesInUse += wanted;
      return first * SLAB_PAGE_BYTES;
    }
    return -1;
  }

  /** Grows a run where it lies. @returns false, and changes nothing, when the pages behind it are not free */
  tryExtend(offset: number, byteLength: number, wantedBytes: number): boolean {
    const first = offset / SLAB_PAGE_BYTES + pagesFor(byteLength);
    const end = offset / SLAB_PAGE_BYTES + pagesFor(wantedBytes);
    assert(end >= first, 'a run is only extended', { byteLength, wantedBytes });
    if (end > this.#pageUsed.length) return false;
    for (let page = first; page < end; page++) if (this.#pageUsed[page] !== 0) return false;
    this.#pageUsed.fill(1, first, end);
    this.#pagesInUse += end - first;
    return true;
  }

  /** Gives back a run of `byteLength` bytes: as acquired, or as last extended. */
  release(offset: number, byteLength: number): void {
    const first = offset / SLAB_PAGE_BYTES;
    const count = pagesFor(byteLength);
    for (let page = first; page < first + count; page++) {
      assert(this.#pageUsed[page] === 1, 'slab pages are released once', { page });
      this.#pageUsed[page] = 0;
    }
    this.#pagesInUse -= count;
  }
}

/** The bytes that a run for `byteLength` really has. */
export function slabCapacity(byteLength: number): number {
  return pagesFor(byteLength) * SLAB_PAGE_BYTES;
}

function pagesFor(byteLength: number): number {
  return Math.max(1, Math.ceil(byteLength / SLAB_PAGE_BYTES));
}
