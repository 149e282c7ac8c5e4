import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { bucketsOf, walkBuckets } from './histogram-buckets.ts';
import { makeHistogram, randomHistogram } from './histogram-test-values.ts';
import { validateHistogram } from './histogram-validation.ts';
import type { HistogramBuckets } from './native-histogram.ts';
import { reduceSchema, reduceToStoredSchema } from './reduce-schema.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);

/** Joins pairs of neighbours, one schema at a time: bucket 2i - 1 and 2i become i. */
function joinedByHand(buckets: HistogramBuckets, steps: number): Map<number, number> {
  let counts = new Map<number, number>();
  walkBuckets(buckets, (index, count) => counts.set(index, count));
  for (let step = 0; step < steps; step++) {
    const joined = new Map<number, number>();
    for (const [index, count] of counts) {
      const odd = Math.abs(index % 2) === 1;
      const target = odd ? (index + 1) / 2 : index / 2;
      joined.set(target, (joined.get(target) ?? 0) + count);
    }
    counts = joined;
  }
  return counts;
}

function asMap(buckets: HistogramBuckets): Map<number, number> {
  const counts = new Map<number, number>();
  walkBuckets(buckets, (index, count) => counts.set(index, count));
  return counts;
}

describe('reduceSchema', () => {
  it(`joins the buckets that one of the coarser schema covers (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    for (let round = 0; round < 1000; round++) {
      const histogram = randomHistogram(random);
      if (histogram.isStale || histogram.schema === -53 || !histogram.isInteger) continue;
      const steps = random.nextInt(6);
      const reduced = reduceSchema(histogram, histogram.schema - steps);
      for (const sign of ['positive', 'negative'] as const) {
        expect(asMap(reduced[sign])).toEqual(joinedByHand(histogram[sign], steps));
      }
      const { schema, positive, negative, ...rest } = reduced;
      expect(schema).toBe(histogram.schema - steps);
      expect(positive.counts.length + negative.counts.length).toBeLessThanOrEqual(
        histogram.positive.counts.length + histogram.negative.counts.length,
      );
      expect(histogram).toMatchObject(rest);
    }
  });

  it('reduces the finest accepted schema to the finest stored one', () => {
    const fine = makeHistogram({ schema: 52, positive: bucketsOf([-(2 ** 29), 2 ** 29 + 1], [2, 3]) });
    const stored = reduceToStoredSchema(fine);
    expect(stored.schema).toBe(8);
    expect(validateHistogram(stored)).toBeNull();
    expect(asMap(stored.positive)).toEqual(
      new Map([
        [0, 2],
        [1, 3],
      ]),
    );
  });

  it.each([-53, -4, 0, 8])('leaves schema %i as it is', (schema) => {
    const histogram = makeHistogram({ schema });
    expect(reduceToStoredSchema(histogram)).toBe(histogram);
  });

  it('refuses to make a histogram finer, or custom buckets coarser', () => {
    expect(() => reduceSchema(makeHistogram(), 1)).toThrow(/finer schema/);
    expect(() => reduceSchema(makeHistogram({ schema: -53 }), -54)).toThrow(/finer schema/);
  });
});
