/** Late samples find what is pending, and each pending record is decoded at most once for them. */
import {
  SampleBatch,
  allocateSampleBatch,
  encodeHistogram,
  SampleColumns,
  staleHistogram,
} from '@promontory/model';
import { expect, it, vi } from 'vitest';
import { encodeLogRecord } from '../log/log-record.ts';
import { PendingRecords } from './pending-records.ts';

const SIZES = { samples: 0, starts: 0, histograms: 0, histogramBytes: 0 };

function emptyBatch(): SampleBatch {
  return new SampleBatch(allocateSampleBatch({ samplesMax: 100, labelBytesMax: 100 }));
}

function addRecord(records: PendingRecords, ...samples: [ref: number, timestampMs: number][]): void {
  const batch = emptyBatch();
  for (const [ref, timestampMs] of samples) {
    const index = batch.sampleCount++;
    batch.ref[index] = ref;
    batch.timestampMs[index] = timestampMs;
    batch.valueWords.set([ref, timestampMs], 2 * index);
    batch.tryAddHistogram(ref, timestampMs + 0.5, 0, encodeHistogram(staleHistogram(true)));
  }
  records.add({ record: encodeLogRecord(batch)!, isInOrder: false }, SIZES);
}

function timesOf(records: PendingRecords, ref: number, fromMs: number): number[] {
  const columns = new SampleColumns(1);
  records.readFrom(ref, fromMs, columns);
  for (let index = 0; index < columns.count; index++)
    expect([...columns.valueWords.subarray(2 * index, 2 * index + 2)]).toEqual([
      ref,
      columns.timestampMs[index],
    ]);
  const histograms = records.readHistogramsFrom(ref, fromMs).map(({ timestampMs }) => timestampMs);
  return [...columns.timestampMs.subarray(0, columns.count), ...histograms].toSorted((a, b) => a - b);
}

it('gives what a series has from a time on, until it is cleared', () => {
  const records = new PendingRecords(emptyBatch());
  const sharesSlot = 1 + (1 << 16);
  addRecord(records, [1, 10], [sharesSlot, 11], [1, 12]);
  addRecord(records, [1, 11], [2, 13]);
  expect(timesOf(records, 1, 11)).toEqual([11, 11.5, 12, 12.5]);
  expect(timesOf(records, sharesSlot, 0)).toEqual([11, 11.5]);
  addRecord(records, [1, 9]);
  expect([timesOf(records, 1, 0).length, timesOf(records, 2, 0), timesOf(records, 3, 0)]).toEqual([
    8,
    [13, 13.5],
    [],
  ]);
  records.clear();
  expect(timesOf(records, 1, 0)).toEqual([]);
  addRecord(records, [1, 20]);
  expect(timesOf(records, 1, 0)).toEqual([20, 20.5]);
});

it('decodes no record that nobody asks for, and none twice', () => {
  const scratch = emptyBatch();
  const clear = vi.spyOn(scratch, 'clear');
  const records = new PendingRecords(scratch);
  for (let index = 0; index < 100; index++) addRecord(records, [1 + index, index]);
  expect(clear).not.toHaveBeenCalled();
  for (let index = 0; index < 100; index++) {
    addRecord(records, [1, 100 + index]);
    timesOf(records, 1, 0);
  }
  expect(clear).toHaveBeenCalledTimes(200);
});
