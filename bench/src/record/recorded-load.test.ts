import { isStaleAt } from '@promontory/model';
import { decodeWriteRequest, uncompress } from '@promontory/wire';
import { expect, it } from 'vitest';
import { SCRAPE_INTERVAL_MS } from '../load/synthetic-load.ts';
import { makeRecordedLoad } from './recorded-load.ts';
import type { Recording } from './recording.ts';

const NOW_MS = 1_790_000_010_000;

const RECORDING: Recording = {
  scrapeCount: 3,
  series: [
    { labels: { __name__: 'steady', job: 'a', empty: '' }, values: ['1', '2', '3.5'] },
    { labels: { __name__: 'ends', job: 'a' }, values: ['7', '', ''] },
    { labels: { __name__: 'begins', job: 'a' }, values: ['', 'NaN', '+Inf'] },
  ],
};

it('sends what was scraped, re-timed, with a staleness marker where a series ends', () => {
  const load = makeRecordedLoad(RECORDING, { samplesPerRequest: 10, nowMs: NOW_MS });
  const rounds = load.bodies.map((body) =>
    decodeWriteRequest(uncompress(body, 1 << 20)).series.map(
      ({ labels, value, timestampMs }) =>
        `${labels[0]?.value} ${isStaleAt(new Int32Array(value.buffer), 0) ? 'stale' : value[0]} @${(timestampMs[0]! - load.lastTimestampMs) / SCRAPE_INTERVAL_MS}`,
    ),
  );
  expect(rounds).toEqual([
    ['steady 1 @-2', 'ends 7 @-2'],
    ['steady 2 @-1', 'ends stale @-1'],
    ['steady 3.5 @0', 'begins Infinity @0'],
  ]);
  expect(load.sampleCount).toBe(5);
  expect(load.lastTimestampMs).toBeLessThanOrEqual(NOW_MS);
  expect(load.firstTimestampMs).toBe(load.lastTimestampMs - 2 * SCRAPE_INTERVAL_MS);
  expect(load.lastRows.map(({ labels, value }) => [labels['__name__'], value])).toEqual([
    ['steady', 3.5],
    ['begins', Infinity],
  ]);
});

it('bounds the samples of a request', () => {
  const load = makeRecordedLoad(RECORDING, { samplesPerRequest: 1, nowMs: NOW_MS });
  expect(load.bodies).toHaveLength(6);
});
