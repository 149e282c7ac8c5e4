import {
  allocateSampleBatch,
  bucketsOf,
  emptyBuckets,
  encodeHistogram,
  type NativeHistogram,
  SampleBatch,
  setStaleAt,
} from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { decodeLogRecord, encodeLogRecord } from './log-record.ts';

const FIRST_MS = 1_700_000_000_000;
const FIRST = '00008056febc7842';
const REFS = '01000000 02000000';
/** 1 and a staleness marker. */
const VALUES = '000000000000f03f 020000000000f07f';
const HISTOGRAM: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'unknown',
  schema: 0,
  zeroThreshold: 2 ** -128,
  zeroCount: 1,
  count: 3,
  sum: 0,
  isStale: false,
  positive: bucketsOf([1], [2]),
  negative: emptyBuckets(),
  customValues: new Float64Array(0),
};

interface Case {
  readonly what: string;
  readonly secondOffsetMs: number;
  /** Of the three samples of the batch, the second of which is not stored. */
  readonly starts?: readonly [number, number, number];
  readonly hasHistograms?: boolean;
  readonly floats?: number;
  readonly parts: readonly string[];
}

/** Checksum, version, modes, reserved, count; first timestamp, histogram count; refs, timestamps, values, rest. */
const GOLDEN: readonly Case[] = [
  {
    what: 'one timestamp for all',
    secondOffsetMs: 0,
    parts: ['94ff2a8e', '02 00 00 00 02000000', FIRST, '00000000', REFS, '', VALUES],
  },
  {
    what: 'offsets',
    secondOffsetMs: 15_000,
    parts: ['21d95c37', '02 01 00 00 02000000', FIRST, '00000000', REFS, '00000000 983a0000', VALUES],
  },
  {
    what: 'full timestamps',
    secondOffsetMs: -(2 ** 32),
    parts: [
      'b651e8e9',
      '02 02 00 00 02000000',
      FIRST,
      '00000000',
      REFS,
      '00008056febc7842 00008056feac7842',
      VALUES,
    ],
  },
  {
    what: 'one start timestamp for all',
    secondOffsetMs: 0,
    starts: [1000, 0, 1000],
    parts: ['d45653ca', '02 00 01 00 02000000', FIRST, '00000000', REFS, '', VALUES, '0000000000408f40'],
  },
  {
    what: 'start timestamps of each',
    secondOffsetMs: 0,
    starts: [0, 5, 1000],
    parts: [
      '24e10ff4',
      '02 00 02 00 02000000',
      FIRST,
      '00000000',
      REFS,
      '',
      VALUES,
      '0000000000000000 0000000000408f40',
    ],
  },
  {
    what: 'histograms only',
    secondOffsetMs: 0,
    floats: 0,
    hasHistograms: true,
    parts: [
      'c02365aa',
      '02 00 00 00 00000000 0000000000000000 02000000',
      '03000000 04000000',
      `${FIRST} ${FIRST}`,
      '0000000000000000 0000000000408f40',
      '12000000 12000000',
      '11 00 01 03 0000000000000000 01 02 01 02 00 00'.repeat(2),
    ],
  },
];

/** Records of version 1, which are read and no longer written. */
const GOLDEN_FLOATS_ONLY: readonly (readonly [secondOffsetMs: number, parts: readonly string[]])[] = [
  [0, ['a7c48a09', '01 00 0000 02000000', FIRST, REFS, '', VALUES]],
  [15_000, ['8df9e72f', '01 01 0000 02000000', FIRST, REFS, '00000000 983a0000', VALUES]],
  [-(2 ** 32), ['3f7efa26', '01 02 0000 02000000', FIRST, REFS, '00008056febc7842 00008056feac7842', VALUES]],
];

function emptyBatch(): SampleBatch {
  return new SampleBatch(allocateSampleBatch({ samplesMax: 8, labelBytesMax: 16 }));
}

function batchOf({ secondOffsetMs, starts, hasHistograms, floats = 3 }: Case): SampleBatch {
  const batch = emptyBatch();
  batch.ref.set([1, 0, 2]);
  batch.timestampMs.set([FIRST_MS, FIRST_MS, FIRST_MS + secondOffsetMs]);
  batch.valueWords.set([0, 0x3ff00000, 7, 7]);
  setStaleAt(batch.valueWords, 2);
  batch.sampleCount = floats;
  for (const [index, start] of (starts ?? []).entries()) batch.setStart(index, start);
  for (const ref of hasHistograms === true ? [3, 0, 4] : []) {
    batch.tryAddHistogram(ref, FIRST_MS, ref === 4 ? 1000 : 0, encodeHistogram(HISTOGRAM));
  }
  return batch;
}

function checkFloats(batch: SampleBatch, secondOffsetMs: number): void {
  expect(batch.sampleCount).toBe(2);
  expect([...batch.ref.subarray(0, 2)]).toEqual([1, 2]);
  expect([...batch.timestampMs.subarray(0, 2)]).toEqual([FIRST_MS, FIRST_MS + secondOffsetMs]);
  expect([...batch.valueWords.subarray(0, 4)]).toEqual([0, 0x3ff00000, 2, 0x7ff00000]);
}

function decoded(hex: string): SampleBatch {
  const replayed = emptyBatch();
  decodeLogRecord(Buffer.from(hex, 'hex'), replayed, 'record');
  return replayed;
}

describe('a log record has these bytes: a change needs a new version', () => {
  it.each(GOLDEN)('$what', (golden) => {
    const hex = golden.parts.join('').replaceAll(' ', '');
    const record = encodeLogRecord(batchOf(golden));
    expect(record?.toString('hex')).toBe(hex);
    const replayed = decoded(hex);
    if (golden.floats === undefined) checkFloats(replayed, golden.secondOffsetMs);
    const [first, , second] = golden.starts ?? [0, 0, 0];
    expect([replayed.startOf(0), replayed.startOf(1)]).toEqual([first, second]);
    expect(replayed.histogramCount).toBe(golden.hasHistograms === true ? 2 : 0);
    for (let index = 0; index < replayed.histogramCount; index++) {
      expect(replayed.histogramRef(index)).toBe(3 + index);
      expect(replayed.histogramTimestampMs(index)).toBe(FIRST_MS);
      expect(replayed.histogramStartMs(index)).toBe(1000 * index);
      expect(replayed.unsafeViewHistogram(index)).toEqual(encodeHistogram(HISTOGRAM));
    }
  });

  it.each(GOLDEN_FLOATS_ONLY)('version 1, second sample %i ms after the first', (secondOffsetMs, parts) => {
    const replayed = decoded(parts.join('').replaceAll(' ', ''));
    checkFloats(replayed, secondOffsetMs);
    expect(replayed.startCount + replayed.histogramCount).toBe(0);
  });
});
