import { describe, expect, it } from 'vitest';
import { LabelRunCache } from './label-run-cache.ts';

const KEY = new Int32Array([1, 2, 3]);

function runOf(length: number, fill: (index: number) => number): DataView {
  // Three bytes before and after it: a run lies anywhere in a request.
  return new DataView(Uint8Array.from({ length: length + 6 }, (_, index) => fill(index - 3)).buffer);
}

/** Of different runs. */
function cacheOf(...runs: readonly DataView[]): LabelRunCache {
  const cache = new LabelRunCache(KEY);
  for (const [index, run] of runs.entries()) {
    cache.find(run, 3, run.byteLength - 3);
    cache.remember(index + 1, run, 3, run.byteLength - 3);
  }
  return cache;
}

/** Finds the run that comes before the one that is to be expected. */
function expectAfter(cache: LabelRunCache, run: DataView): void {
  cache.find(run, 3, run.byteLength - 3);
}

describe('LabelRunCache', () => {
  const first = runOf(40, (index) => 48 + (index % 10));

  it.each([16, 17, 23, 24, 31, 200])('takes the expected run of %i bytes and no other', (length) => {
    const second = runOf(length, (index) => 65 + (index % 26));
    const cache = cacheOf(first, second);
    for (let position = 3; position < length + 3; position++) {
      for (const bit of [1, 128]) {
        const other = new DataView(second.buffer.slice(0));
        other.setUint8(position, other.getUint8(position) ^ bit);
        expectAfter(cache, first);
        expect(cache.expectedBytes).toBe(length);
        expect(cache.takeExpected(other, 3)).toBe(0);
      }
    }
    expect(cache.takeExpected(second, 3)).toBe(2);
  });

  it.each([
    ['zeros', () => 0],
    ['negative zeros', (index: number) => (index % 8 === 7 ? 128 : 0)],
    ['not numbers', () => 255],
  ])('tells runs of %s from one another', (_, fill) => {
    const runs = [32, 33].map((length) => runOf(length, fill));
    const flipped = runOf(32, (index) => (index === 7 ? 127 : fill(index)));
    const cache = cacheOf(first, ...runs);
    expectAfter(cache, first);
    expect(cache.takeExpected(flipped, 3)).toBe(0);
    for (const [index, run] of runs.entries()) expect(cache.takeExpected(run, 3)).toBe(index + 2);
  });

  it('expects nothing after the last, nor once it forgot', () => {
    const cache = cacheOf(first);
    expect(cache.expectedBytes).toBe(0);
    cache.clear();
    expect(cache.expectedBytes).toBe(0);
    expect(cache.find(first, 3, 43)).toBe(0);
  });

  it('finds runs whose bytes it had no room to keep', () => {
    const length = 1 << 20;
    const runs = Array.from({ length: 36 }, (_, run) => runOf(length, () => 48 + run));
    const cache = cacheOf(...runs);
    expectAfter(cache, runs[0]!);
    for (const [index, run] of runs.slice(1).entries()) expect(cache.takeExpected(run, 3)).toBe(index + 2);
  });
});
