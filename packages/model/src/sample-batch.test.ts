import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { allocateSampleBatch, SampleBatch } from './sample-batch.ts';

const BOUNDS = { samplesMax: 10_000, labelBytesMax: 1 << 16, histogramBytesMax: 1 << 20 };

describe('start timestamps of a batch', () => {
  it('are 0 where none was set, in another thread’s view too, and gone after clear', () => {
    const batch = new SampleBatch(allocateSampleBatch(BOUNDS));
    const other = new SampleBatch(batch.memory);
    const random = new SeededRandom(3);
    for (let round = 0; round < 3; round++) {
      batch.clear();
      const expected: number[] = [];
      for (let index = 0; index < 9000; index++) {
        if (index === batch.samplesCapacity) batch.tryGrowSamples();
        const start = random.nextInt(4) === 0 ? 1 + random.nextInt(1000) : 0;
        if (start > 0) batch.setStart(index, start);
        expected.push(start);
      }
      batch.sampleCount = expected.length;
      batch.publish();
      other.refresh();
      expect(expected.map((_start, index) => other.startOf(index))).toEqual(expected);
    }
    batch.clear();
    expect(batch.startOf(0)).toBe(0);
  });

  it('take no memory while there are none', () => {
    const { memory } = new SampleBatch(allocateSampleBatch(BOUNDS));
    expect(memory.startTimestampMs.byteLength).toBe(0);
    expect(memory.histogramBytes.byteLength).toBeLessThan(1 << 13);
  });

  it('cannot be set for a sample without room', () => {
    const batch = new SampleBatch(allocateSampleBatch(BOUNDS));
    expect(() => batch.setStart(batch.samplesCapacity, 1)).toThrow(/has room/);
  });
});

describe('histograms of a batch', () => {
  it('come back from another thread’s view', () => {
    const batch = new SampleBatch(allocateSampleBatch(BOUNDS));
    const other = new SampleBatch(batch.memory);
    const bytes = (index: number): Uint8Array => new Uint8Array(index % 90).fill(index);
    for (let index = 0; index < 5000; index++) {
      expect(batch.tryAddHistogram(index + 1, 1e12 + index, index, bytes(index))).toBe(true);
    }
    batch.publish();
    other.refresh();
    expect(other.histogramCount).toBe(5000);
    for (let index = 0; index < 5000; index += 7) {
      expect(other.histogramRef(index)).toBe(index + 1);
      expect(other.histogramTimestampMs(index)).toBe(1e12 + index);
      expect(other.histogramStartMs(index)).toBe(index);
      expect(other.unsafeViewHistogram(index)).toEqual(bytes(index));
    }
    other.setHistogramRef(7, 0);
    expect([batch.histogramRef(7), batch.histogramRef(8)]).toEqual([0, 9]);
    batch.clear();
    expect(batch.histogramCount + batch.histogramBytesLength).toBe(0);
  });

  it.each([
    ['their number', { ...BOUNDS, samplesMax: 3 }, 3],
    ['their bytes', { ...BOUNDS, histogramBytesMax: 1 << 12 }, 4],
    ['their bytes, by default those of labels', { samplesMax: 10, labelBytesMax: 5 * 1024 }, 5],
  ])('are bounded by %s', (_what, bounds, fitting) => {
    const batch = new SampleBatch(allocateSampleBatch(bounds));
    for (let index = 0; index < fitting; index++) {
      expect(batch.tryAddHistogram(1, index, 0, new Uint8Array(1024))).toBe(true);
    }
    expect(batch.tryAddHistogram(1, 9, 0, new Uint8Array(1024))).toBe(false);
    expect(batch.histogramCount).toBe(fitting);
  });
});
