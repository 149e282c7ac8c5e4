/**
 * Series as objects into a batch: 20,000 series of nine labels with one sample each, known and remembered, known to the
 * store alone, and new; prints `name ns/op hash`, an op being a series.
 */
import { Labels, RejectionTally } from '@promontory/model';
import { DEFAULT_SERIES_LABEL_LIMITS } from './series-labels.ts';
import { type SampleObject, SeriesIntake } from './series-intake.ts';
import { KEY, newBatch } from './write-walk-test-values.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const ROUNDS = SMOKE ? 1 : 60;
const SERIES = SMOKE ? 200 : 20_000;
const T = 1_700_000_000_000;

const series: { readonly labels: Labels; readonly sample: SampleObject }[] = Array.from(
  { length: SERIES },
  (_, index) => ({
    labels: Labels.fromObject({
      __name__: `http_server_duration_${index % 100}`,
      instance: `instance-${index % 1000}:9100`,
      job: 'shop/checkout',
      http_method: 'GET',
      http_route: `/api/v1/things/${Math.floor(index / 100)}`,
      http_status_code: '200',
      region: 'eu-central-1',
      service_version: '1.24.3',
      le: '0.25',
    }),
    sample: { timestampMs: T, value: index, startTimestampMs: T - 1000, isStale: false },
  }),
);

function measure(name: string, ref: number, forgets: boolean): void {
  const intake = new SeriesIntake(KEY, { find: () => ref }, DEFAULT_SERIES_LABEL_LIMITS);
  const batch = newBatch();
  const tally = new RejectionTally();
  let bestNs = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= ROUNDS; round++) {
    batch.clear();
    if (forgets) intake.forgetSeries();
    const startMs = performance.now();
    for (const { labels, sample } of series) intake.addSample(labels, sample, batch, tally);
    bestNs = Math.min(bestNs, ((performance.now() - startMs) * 1e6) / SERIES);
  }
  const hash = `${batch.sampleCount}.${batch.newSeriesCount}.${batch.labelBytesLength}`;
  process.stdout.write(`${name} ${bestNs.toFixed(0)} ns/op ${hash}\n`);
}

measure('remembered', 7, false);
measure('known', 7, true);
measure('new', 0, false);
