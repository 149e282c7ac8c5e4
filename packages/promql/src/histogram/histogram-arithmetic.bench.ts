/** Counters of 60 buckets, 1,000 samples in 20 layouts that grow; an op being a histogram; prints `name ns/op hash`. */
import { createHash } from 'node:crypto';
import { SeededRandom } from '@promontory/base';
import { bucketsOf, emptyBuckets, type NativeHistogram } from '@promontory/model';
import { addHistograms, type CombineNotes, subtractHistograms } from './combine-histograms.ts';
import { CountsSlab } from './counts-slab.ts';
import { detectReset } from './counter-reset.ts';
import { histogramFraction } from './histogram-fraction.ts';
import { type HistogramQuantile, histogramQuantile } from './histogram-quantile.ts';
import { HistogramMean } from './histogram-mean.ts';
import { HistogramSum } from './histogram-sum.ts';
import { scaleHistogram } from './scale-histogram.ts';

const ROUNDS = process.env['PROMONTORY_BENCH_SMOKE'] === '1' ? 1 : 300;
const SAMPLE_COUNT = 1000;
const BUCKET_COUNT = 60;
const LAYOUT_COUNT = 20;

const random = new SeededRandom(5);
const samples = makeSamples();
const notes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };
const slab = new CountsSlab();
const quantile: HistogramQuantile = { value: 0, nanObservations: 'none' };
const fraction = { value: 0, hasNanObservations: false };

/** A counter whose samples get some more buckets every now and then, each with arrays of its own. */
function makeSamples(): NativeHistogram[] {
  const counts = new Float64Array(BUCKET_COUNT);
  const made: NativeHistogram[] = [];
  for (let sample = 0; sample < SAMPLE_COUNT; sample++) {
    const width = BUCKET_COUNT - LAYOUT_COUNT + Math.floor((sample * LAYOUT_COUNT) / SAMPLE_COUNT);
    const indexes: number[] = [];
    for (let at = 0; at < width; at++) {
      counts[at]! += 1 + random.nextInt(30);
      // A gap in the middle makes two spans.
      indexes.push(at < 20 ? at : at + 5);
    }
    made.push(makeSample(indexes, counts.slice(0, width)));
  }
  return made;
}

function makeSample(indexes: readonly number[], counts: Float64Array): NativeHistogram {
  const count = counts.reduce((sum, value) => sum + value, 3);
  return {
    isInteger: true,
    counterResetHint: 'unknown',
    schema: 3,
    zeroThreshold: 2 ** -128,
    zeroCount: 3,
    count,
    sum: count * 1.5,
    isStale: false,
    positive: bucketsOf(indexes, counts),
    negative: emptyBuckets(),
    customValues: new Float64Array(0),
  };
}

const at = (index: number): NativeHistogram => samples[index % SAMPLE_COUNT]!;

/** Each takes the index of a sample and returns a number that depends on the result. */
const CASES: Readonly<Record<string, (index: number) => number>> = {
  detectReset: (index) => Number(detectReset(at(index + 1), at(index))),
  'subtract, equal layouts': (index) =>
    subtractHistograms(samples[999]!, samples[950 + (index % 49)]!, notes, slab)!.count,
  'subtract, without a slab': (index) =>
    subtractHistograms(samples[999]!, samples[950 + (index % 49)]!, notes)!.count,
  'subtract, other layout': (index) => subtractHistograms(samples[999]!, at(index % 900), notes, slab)!.count,
  add: (index) => addHistograms(at(index), at(index + 1), notes, slab)!.sum,
  scale: (index) => scaleHistogram(at(index), 1 / 15, slab).sum,
  quantile: (index) => {
    histogramQuantile(0.9, at(index), quantile);
    return quantile.value;
  },
  fraction: (index) => {
    histogramFraction(1, 50, at(index), fraction);
    return fraction.value;
  },
};

/** Each sums all samples and returns a number of the result. */
const SUMS: Readonly<Record<string, () => number>> = {
  'sum, add equal layouts': () => {
    const sum = new HistogramSum(samples[999]!, slab);
    for (let index = 0; index < SAMPLE_COUNT; index++) sum.add(samples[950 + (index % 50)]!, notes);
    return sum.result().sum;
  },
  'sum, add smaller layouts': () => {
    const sum = new HistogramSum(samples[999]!, slab);
    for (let index = 0; index < SAMPLE_COUNT; index++) sum.add(at(index), notes);
    return sum.result().sum;
  },
  'mean, add': () => {
    const mean = new HistogramMean(samples[999]!, slab);
    for (let index = 0; index < SAMPLE_COUNT; index++) mean.add(at(index), notes);
    return mean.result().sum;
  },
};

function measure(name: string, run: () => number): void {
  let result = run();
  const startMs = performance.now();
  for (let round = 0; round < ROUNDS; round++) result += run();
  const nsPerOp = ((performance.now() - startMs) * 1e6) / (ROUNDS * SAMPLE_COUNT);
  const hash = createHash('sha256').update(String(result)).digest('hex').slice(0, 16);
  process.stdout.write(`${name} ${nsPerOp.toFixed(1)} ns/op ${hash}\n`);
}

for (const [name, run] of Object.entries(CASES)) {
  measure(name, () => {
    let result = 0;
    for (let index = 0; index < SAMPLE_COUNT; index++) result += run(index);
    return result;
  });
}
for (const [name, run] of Object.entries(SUMS)) measure(name, run);
