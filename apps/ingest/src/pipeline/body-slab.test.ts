import { describe, expect, it } from 'vitest';
import { assert, SeededRandom } from '@promontory/base';
import { BodySlab, SLAB_PAGE_BYTES, slabCapacity } from './body-slab.ts';

const PAGES = 8;

function newSlab(): BodySlab {
  return new BodySlab(PAGES * SLAB_PAGE_BYTES);
}

describe('BodySlab', () => {
  it.each([
    [0, 1],
    [1, 1],
    [SLAB_PAGE_BYTES, 1],
    [SLAB_PAGE_BYTES + 1, 2],
    [PAGES * SLAB_PAGE_BYTES, PAGES],
  ])('%i bytes take %i pages', (byteLength, pages) => {
    const slab = newSlab();
    expect(slab.tryAcquire(byteLength)).toBe(0);
    expect(slab.bytesInUse).toBe(pages * SLAB_PAGE_BYTES);
    expect(slabCapacity(byteLength)).toBe(pages * SLAB_PAGE_BYTES);
    slab.release(0, byteLength);
    expect(slab.bytesInUse).toBe(0);
  });

  it('holds one body of its capacity, whatever that is', () => {
    for (const capacityBytes of [1, SLAB_PAGE_BYTES - 1, SLAB_PAGE_BYTES + 1, 100_000]) {
      expect(new BodySlab(capacityBytes).tryAcquire(capacityBytes)).toBe(0);
    }
  });

  it('says when there is no run of that length', () => {
    const slab = newSlab();
    expect(slab.tryAcquire(PAGES * SLAB_PAGE_BYTES + 1)).toBe(-1);
    const offsets = Array.from({ length: PAGES }, () => slab.tryAcquire(1));
    expect(slab.tryAcquire(1)).toBe(-1);
    // Every second page: enough memory, but never two neighbours.
    for (const [index, offset] of offsets.entries()) if (index % 2 === 0) slab.release(offset, 1);
    expect(slab.tryAcquire(SLAB_PAGE_BYTES + 1)).toBe(-1);
    expect(slab.tryAcquire(SLAB_PAGE_BYTES)).toBe(0);
  });

  it('takes the lowest free run', () => {
    const slab = newSlab();
    const offsets = [slab.tryAcquire(1), slab.tryAcquire(1), slab.tryAcquire(1)];
    for (const offset of offsets.slice(0, 2)) slab.release(offset, 1);
    expect(slab.tryAcquire(2 * SLAB_PAGE_BYTES)).toBe(offsets[0]);
  });

  it('extends a run where it lies, as far as the pages behind it are free', () => {
    const slab = newSlab();
    const [first, second] = [slab.tryAcquire(1), slab.tryAcquire(1)];
    expect(slab.tryExtend(first, 1, 2 * SLAB_PAGE_BYTES)).toBe(false);
    expect(slab.tryExtend(second, 1, PAGES * SLAB_PAGE_BYTES)).toBe(false);
    expect(slab.tryExtend(second, 1, (PAGES - 1) * SLAB_PAGE_BYTES)).toBe(true);
    expect(slab.bytesInUse).toBe(PAGES * SLAB_PAGE_BYTES);
    slab.release(second, (PAGES - 1) * SLAB_PAGE_BYTES);
    expect(slab.tryExtend(first, 1, PAGES * SLAB_PAGE_BYTES)).toBe(true);
    slab.release(first, PAGES * SLAB_PAGE_BYTES);
    expect(slab.bytesInUse).toBe(0);
  });

  it('refuses to release what is free', () => {
    const slab = newSlab();
    const offset = slab.tryAcquire(1);
    slab.release(offset, 1);
    expect(() => slab.release(offset, 1)).toThrow('slab pages are released once');
  });

  it('never gives the same page twice', () => {
    const random = new SeededRandom(1);
    const slab = newSlab();
    const held: { offset: number; byteLength: number }[] = [];
    for (let step = 0; step < 20_000; step++) {
      const byteLength = random.nextInt(3 * SLAB_PAGE_BYTES);
      const offset = random.nextInt(2) === 0 ? slab.tryAcquire(byteLength) : -1;
      if (offset >= 0) {
        const end = offset + slabCapacity(byteLength);
        const overlaps = held.some(
          (each) => offset < each.offset + slabCapacity(each.byteLength) && each.offset < end,
        );
        assert(!overlaps && end <= slab.bytes.length, 'runs are apart and inside', { offset, byteLength });
        held.push({ offset, byteLength });
      } else if (held.length > 0) {
        const [freed] = held.splice(random.nextInt(held.length), 1);
        if (freed !== undefined) slab.release(freed.offset, freed.byteLength);
      }
      const heldBytes = held.reduce((sum, each) => sum + slabCapacity(each.byteLength), 0);
      expect(slab.bytesInUse).toBe(heldBytes);
    }
  });
});
