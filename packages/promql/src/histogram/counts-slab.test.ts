import { describe, expect, it } from 'vitest';
import { CountsSlab } from './counts-slab.ts';

describe('a slab of counts', () => {
  it('gives zeros that nothing else has', () => {
    const slab = new CountsSlab();
    const taken = Array.from({ length: 300 }, (_, round) => slab.take(round % 40));
    taken.forEach((counts, round) => {
      expect(counts).toHaveLength(round % 40);
      expect(counts.every((count) => count === 0)).toBe(true);
      counts.fill(round);
    });
    taken.forEach((counts, round) => expect(counts.every((count) => count === round)).toBe(true));
  });

  it('gives long arrays memory of their own', () => {
    const slab = new CountsSlab();
    expect(slab.take(5000).buffer.byteLength).toBe(40_000);
    expect(slab.take(60).buffer).toBe(slab.take(60).buffer);
  });
});
