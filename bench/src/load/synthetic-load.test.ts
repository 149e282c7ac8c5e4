import { decodeWriteRequest, uncompress } from '@promontory/wire';
import { expect, it } from 'vitest';
import { byConnection, makeSyntheticLoad, SCRAPE_INTERVAL_MS } from './synthetic-load.ts';

const NOW_MS = 1_790_000_007_000;
const LAST_MS = 1_790_000_000_000 - (1_790_000_000_000 % SCRAPE_INTERVAL_MS);

it('ends just before the given time and knows its last values', () => {
  const load = makeSyntheticLoad({ seriesCount: 70, samplesPerRequest: 30, rounds: 3, nowMs: NOW_MS });
  const rounds = load.rounds.map((bodies) =>
    bodies.flatMap((body) => decodeWriteRequest(uncompress(body, 1 << 20)).series),
  );
  expect(load.lastTimestampMs).toBe(LAST_MS);
  expect(rounds.map((series) => series[69]?.timestampMs[0])).toEqual([
    LAST_MS - 2 * SCRAPE_INTERVAL_MS,
    LAST_MS - SCRAPE_INTERVAL_MS,
    LAST_MS,
  ]);
  expect(rounds[2]?.map(({ value }) => value[0])).toEqual([...load.lastValues]);
});

it('keeps a series on its connection', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
  expect(
    byConnection(
      [
        [a, b, c],
        [a, b, c],
      ],
      2,
    ),
  ).toEqual([
    [a, c, a, c],
    [b, b],
  ]);
});
