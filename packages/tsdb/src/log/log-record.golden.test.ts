import { allocateSampleBatch, SampleBatch, setStaleAt } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { decodeLogRecord, encodeLogRecord } from './log-record.ts';

const FIRST_MS = 1_700_000_000_000;
const FIRST = '00008056febc7842';
const REFS = '01000000 02000000';
/** 1 and a staleness marker. */
const VALUES = '000000000000f03f 020000000000f07f';

/** Checksum, version, mode, reserved, count; then first timestamp, refs, timestamps, values. */
const GOLDEN: readonly (readonly [what: string, secondOffsetMs: number, parts: readonly string[]])[] = [
  ['one timestamp for all', 0, ['a7c48a09', '01 00 0000 02000000', FIRST, REFS, '', VALUES]],
  ['offsets', 15_000, ['8df9e72f', '01 01 0000 02000000', FIRST, REFS, '00000000 983a0000', VALUES]],
  [
    'full timestamps',
    -(2 ** 32),
    ['3f7efa26', '01 02 0000 02000000', FIRST, REFS, '00008056febc7842 00008056feac7842', VALUES],
  ],
];

function emptyBatch(): SampleBatch {
  return new SampleBatch(allocateSampleBatch({ samplesMax: 8, labelBytesMax: 16 }));
}

describe('a log record has these bytes: a change needs a new version', () => {
  it.each(GOLDEN)('%s', (_what, secondOffsetMs, parts) => {
    const batch = emptyBatch();
    batch.ref.set([1, 0, 2]);
    batch.timestampMs.set([FIRST_MS, FIRST_MS, FIRST_MS + secondOffsetMs]);
    batch.valueWords.set([0, 0x3ff00000, 7, 7]);
    setStaleAt(batch.valueWords, 2);
    batch.sampleCount = 3;
    const hex = parts.join('').replaceAll(' ', '');
    expect(encodeLogRecord(batch)?.toString('hex')).toBe(hex);
    const replayed = emptyBatch();
    decodeLogRecord(Buffer.from(hex, 'hex'), replayed, 'record');
    expect(replayed.sampleCount).toBe(2);
    expect([...replayed.ref.subarray(0, 2)]).toEqual([1, 2]);
    expect([...replayed.timestampMs.subarray(0, 2)]).toEqual([FIRST_MS, FIRST_MS + secondOffsetMs]);
    expect([...replayed.valueWords.subarray(0, 4)]).toEqual([0, 0x3ff00000, 2, 0x7ff00000]);
  });
});
