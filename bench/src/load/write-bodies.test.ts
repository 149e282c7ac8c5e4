import { decodeWriteRequest, uncompress } from '@promontory/wire';
import { describe, expect, it } from 'vitest';
import { kindOf, labelsOf, METRICS_PER_TARGET, SeriesValues } from './series-set.ts';
import { WriteBodies } from './write-bodies.ts';

const NOW_MS = 1_790_000_000_000;

describe('WriteBodies', () => {
  it('hold every series once, with its labels, its value and the time of the round', () => {
    const values = new SeriesValues(250, 1);
    const bodies = new WriteBodies({ seriesCount: 250, samplesPerRequest: 100 });
    expect(bodies.requestCount).toBe(3);
    for (const timestampMs of [NOW_MS, NOW_MS + 15_000]) {
      const series = bodies
        .round(values, timestampMs)
        .flatMap((body) => decodeWriteRequest(uncompress(body, 1 << 20)).series);
      expect(series.map(({ value }) => value[0])).toEqual([...values.current]);
      expect(series.map(({ labels }) => labels)).toEqual(series.map((_, index) => labelsOf(index)));
      expect(new Set(series.flatMap((one) => [...one.timestampMs]))).toEqual(new Set([timestampMs]));
      values.step();
    }
  });

  it('are the same for the same seed and others for another', () => {
    const hexOf = (seed: number): string => {
      const values = new SeriesValues(60, seed);
      values.step();
      const bodies = new WriteBodies({ seriesCount: 60, samplesPerRequest: 60 });
      return Buffer.concat(bodies.round(values, NOW_MS)).toString('hex');
    };
    expect(hexOf(1)).toBe(hexOf(1));
    expect(hexOf(1)).not.toBe(hexOf(2));
  });
});

describe('the series', () => {
  it('have nine sorted labels and are all different', () => {
    const keys = new Set<string>();
    for (let index = 0; index < 5000; index++) {
      const labels = labelsOf(index);
      const names = labels.map(({ name }) => name);
      expect(names).toEqual(names.toSorted((left, right) => (left < right ? -1 : 1)));
      expect(labels).toHaveLength(9);
      keys.add(JSON.stringify(labels));
    }
    expect(keys.size).toBe(5000);
  });

  it('take about 223 bytes raw and 41 compressed a sample', () => {
    const values = new SeriesValues(4000, 1);
    values.step();
    const bodies = new WriteBodies({ seriesCount: 4000, samplesPerRequest: 2000 });
    const bodyBytes = bodies.round(values, NOW_MS).reduce((sum, body) => sum + body.length, 0);
    expect(Math.abs(bodies.rawBytes / 4000 - 223)).toBeLessThan(8);
    expect(Math.abs(bodyBytes / 4000 - 41)).toBeLessThan(4);
  });

  it('are a third each of counters, gauges and constants, and move as those do', () => {
    const values = new SeriesValues(METRICS_PER_TARGET * 3, 7);
    values.step();
    const before = Float64Array.from(values.current);
    values.step();
    const counts = { counter: 0, gauge: 0, constant: 0 };
    const wrong: number[] = [];
    for (const [index, value] of values.current.entries()) {
      const kind = kindOf(index);
      counts[kind]++;
      const change = value - (before[index] ?? 0);
      const isRight = { counter: change >= 0, gauge: true, constant: change === 0 }[kind];
      if (!isRight || Number(value.toFixed(2)) !== value) wrong.push(index);
    }
    expect(wrong).toEqual([]);
    expect(counts).toEqual({ counter: 51, gauge: 51, constant: 48 });
  });
});
