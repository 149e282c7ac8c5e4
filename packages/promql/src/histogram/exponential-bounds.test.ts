import { describe, expect, it } from 'vitest';
import { bucketUpperBound } from './exponential-bounds.ts';

describe('bounds of exponential buckets', () => {
  it.each([
    // Literals of the table in Prometheus's model/histogram/generic.go, for indexes below that of bound 1.
    [1, -1, 0.7071067811865475],
    [2, -3, 0.5946035575013605],
    [2, -1, 0.8408964152537144],
    [3, -5, 0.6484197773255048],
    [4, -1, 0.9576032806985735],
    [5, -31, 0.5109485743270583],
    [6, -33, 0.6994898362691555],
    [7, -127, 0.5027149505564014],
    [8, -255, 0.5013556375251013],
    [8, -250, 0.5081891574554764],
    [8, -198, 0.5850218848416251 - 2 ** -53],
    [8, -149, 0.6680225691020727],
    [8, -97, 0.7690203869158282],
    [8, -35, 0.909585556079304],
    [8, -1, 0.9972960560854698],
    // Powers of two are bounds of all schemas.
    [0, 0, 1],
    [0, -3, 0.125],
    [8, 2560, 1024],
    [-1, 3, 64],
    [-4, 1, 65_536],
    [-4, -2, 2 ** -32],
    // Above 1 a bound is one of the table times a power of two.
    [1, 3, 0.7071067811865475 * 4],
    [3, 11, 0.6484197773255048 * 4],
  ])('schema %d, bucket %d', (schema, index, bound) => {
    expect(bucketUpperBound(schema, index)).toBe(bound);
  });

  it('has the largest number before the bucket of infinity', () => {
    for (const schema of [-4, -3, 0, 3, 8]) {
      const last = 1024 * 2 ** schema;
      expect(bucketUpperBound(schema, last)).toBe(Number.MAX_VALUE);
      expect(bucketUpperBound(schema, last + 1)).toBe(Infinity);
      expect(bucketUpperBound(schema, last - 1)).toBeLessThan(Number.MAX_VALUE);
    }
    expect(bucketUpperBound(1, 2047)).toBe(0.7071067811865475 * 2 * 2 ** 1023);
  });

  it('goes down to the smallest numbers and then to 0', () => {
    expect(bucketUpperBound(0, -1074)).toBe(Number.MIN_VALUE);
    expect(bucketUpperBound(0, -1075)).toBe(0);
    expect(bucketUpperBound(-1, -537)).toBe(Number.MIN_VALUE);
    // 2^-1074.5 is nearer to the smallest number than to 0.
    expect(bucketUpperBound(1, -2149)).toBe(Number.MIN_VALUE);
    expect(bucketUpperBound(-4, -67)).toBe(2 ** -1072);
    expect(bucketUpperBound(-4, -68)).toBe(0);
    expect(bucketUpperBound(8, -(2 ** 31))).toBe(0);
    expect(bucketUpperBound(8, 2 ** 31 - 1)).toBe(Infinity);
  });

  it('is the power that it stands for, and the same in all schemas that have it', () => {
    for (let index = -300; index <= 300; index++) {
      const bound = bucketUpperBound(8, index);
      expect(Math.abs(bound / 2 ** (index / 256) - 1)).toBeLessThan(1e-15);
      expect(bound).toBeGreaterThan(bucketUpperBound(8, index - 1));
      for (let schema = 7; schema >= 0 && index % 2 ** (8 - schema) === 0; schema--) {
        expect(bucketUpperBound(schema, index / 2 ** (8 - schema))).toBe(bound);
      }
    }
  });
});
