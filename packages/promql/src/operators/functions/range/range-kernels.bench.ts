/** One series of a day at 15 s, windows of an hour at every minute, an op being a window; prints `name ns/op hash`. */
import { createHash } from 'node:crypto';
import { SeededRandom } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { StepColumn } from '../../../evaluate/step-column.ts';
import { UNWATCHED_BLOCKS } from '../../../evaluate/work-blocks.ts';
import type { ScalarOperator } from '../../operator.ts';
import type { RangeKernel, SampleWindow } from './range-kernel.ts';
import { makeRangeKernels } from './range-kernels.ts';
import { RangeNotes } from './range-notes.ts';

const ROUNDS = process.env['PROMONTORY_BENCH_SMOKE'] === '1' ? 1 : 30;
const SAMPLES_PER_DAY = 5760;
const SAMPLES_PER_WINDOW = 240;
const SAMPLES_PER_STEP = 4;
const STEP_COUNT = (SAMPLES_PER_DAY - SAMPLES_PER_WINDOW) / SAMPLES_PER_STEP;
const SCRAPE_MS = 15_000;

const NAMES = [
  'rate',
  'irate',
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'count_over_time',
  'changes',
  'stddev_over_time',
  'quantile_over_time',
  'deriv',
];

const random = new SeededRandom(5);
const samples = new SampleColumns(SAMPLES_PER_DAY);
let counter = 0;
for (let index = 0; index < SAMPLES_PER_DAY; index++) {
  counter = random.nextInt(700) === 0 ? 0 : counter + random.nextInt(30);
  samples.push(index * SCRAPE_MS, counter);
}

const halves = new Float64Array(STEP_COUNT).fill(0.5);
const half: ScalarOperator = { values: () => halves };
const target = new StepColumn(STEP_COUNT);
const window: SampleWindow = {
  low: 0,
  high: 0,
  histogramLow: 0,
  histogramHigh: 0,
  startMs: 0,
  endMs: 0,
  step: 0,
  stepTimeMs: 0,
};

function walkWindows(kernel: RangeKernel): void {
  kernel.begin({
    floats: samples,
    histograms: [],
    floatStartsMs: null,
    histogramStartsMs: null,
    blocks: UNWATCHED_BLOCKS,
  });
  for (let step = 0; step < STEP_COUNT; step++) {
    window.low = step * SAMPLES_PER_STEP;
    window.high = window.low + SAMPLES_PER_WINDOW;
    window.step = step;
    window.endMs = (window.high - 1) * SCRAPE_MS;
    window.startMs = window.endMs - SAMPLES_PER_WINDOW * SCRAPE_MS;
    window.stepTimeMs = window.endMs;
    kernel.evaluate(window, target);
  }
}

for (const name of NAMES) {
  const kernel = makeRangeKernels(name, {
    scalars: [half],
    extension: null,
    notes: new RangeNotes(() => undefined),
    onInvalidQuantile: () => undefined,
  })?.floats;
  if (kernel === undefined) throw new Error(`no kernel ${name}`);
  walkWindows(kernel);
  const startMs = performance.now();
  for (let round = 0; round < ROUNDS; round++) walkWindows(kernel);
  const nsPerWindow = ((performance.now() - startMs) * 1e6) / (ROUNDS * STEP_COUNT);
  const hash = createHash('sha256').update(new Uint8Array(target.values.buffer)).digest('hex').slice(0, 16);
  process.stdout.write(`${name} ${nsPerWindow.toFixed(1)} ns/op ${hash}\n`);
}
