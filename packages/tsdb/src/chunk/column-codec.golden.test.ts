import { SampleColumns, setStaleAt } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { ColumnCodec, timestampColumnBytesMax, valueColumnBytesMax } from './column-codec.ts';

const START_MS = 1_700_000_000_000;

const codec = new ColumnCodec();

interface GoldenValues {
  readonly what: string;
  readonly values: readonly number[];
  readonly staleIndexes?: readonly number[];
  readonly bytes: string;
}

const ramp = (count: number, valueOf: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => valueOf(index));

const GOLDEN_VALUES: readonly GoldenValues[] = [
  { what: 'a constant integer: kind and exponent, integer', values: [1, 1, 1], bytes: '00 01' },
  { what: 'a constant decimal', values: [-0.25, -0.25], bytes: '02 59' },
  { what: 'a constant double', values: [1 / 3, 1 / 3], bytes: '20 555555555555d53f' },
  {
    what: 'distances: kind and exponent, flags, first, header, base, packed',
    values: [5.25, 1.5, 4.75, 2],
    bytes: '42 00 8d08 89 f705 008aca00',
  },
  { what: 'a slope: all differences equal', values: ramp(100, (index) => 3 * index), bytes: '40 05 00 03' },
  {
    what: 'differences: the same parts',
    values: ramp(12, (index) => 1_000_000 * index + ((index * 5) % 7)),
    bytes: '40 01 00 83 be887a 070ee0c001',
  },
  {
    what: 'a common factor: kind and exponent, flags, first, factor, header, base, packed',
    values: ramp(12, (index) => 4096 * ((index * 37) % 11)),
    bytes: '40 02 00 8020 04 845129a67300',
  },
  {
    what: 'two blocks, the second with the base of the first; a patch above in one and below in the other',
    values: ramp(129, (index) => ((index * 5) % 4) + (index === 9 ? 1e6 : 0) - (index === 100 ? 300 : 0)),
    bytes:
      '40 00 00 42 01 08 90c21e 42 01 23 cb01 3939393939393939393939393939393939393939393939393939393939393939',
  },
  {
    what: 'numbers wider than 32 bits, in two streams',
    values: [2 ** 40, 3, 2 ** 33 + 5, 7],
    bytes: '40 00 808080808040 a2 fdffffffff3f 000000000200000004000000 08',
  },
  {
    what: 'a staleness marker and a minus zero as exceptions',
    values: [1, 0, -0, 3, 4, ...ramp(40, (index) => 5 + index)],
    staleIndexes: [1],
    bytes: '60 01 01 c0 01 01 01 41 02 03 00 0000000000000080',
  },
  {
    what: 'near decimals: sums that round; corrections, no exceptions',
    values: ramp(6, (index) =>
      Array.from({ length: index + 1 }, () => 0.1).reduce((sum, tenth) => sum + tenth, 0.7),
    ),
    bytes: 'c1 05 08 01 00 41 01 18 00',
  },
  {
    what: 'split doubles: high words, then low words',
    values: ramp(12, (index) => 2 ** (60 + index) * (1 + ((index * 5) % 7) / 8)),
    bytes: '80 03 808080bb08 808008 83 06 070ee0c001 05 00 00',
  },
  { what: 'doubles as they are', values: [1 / 3, -2e300], bytes: 'a0 555555555555d53f 9c7500883ce447fe' },
];

interface GoldenTimestamps {
  readonly what: string;
  readonly timestampMs: readonly number[];
  readonly bytes: string;
}

const GOLDEN_TIMESTAMPS: readonly GoldenTimestamps[] = [
  { what: 'one: kind, flags, first', timestampMs: [START_MS], bytes: '00 00 80a0abfef962' },
  {
    what: 'regular: one difference',
    timestampMs: ramp(480, (index) => START_MS + 15_000 * index),
    bytes: '00 05 80a0abfef962 98ea01',
  },
  {
    what: 'with jitter',
    timestampMs: ramp(4, (index) => START_MS + 15_000 * index + ((index * 7) % 5)),
    bytes: '00 01 80a0abfef962 83 95ea01 2d00',
  },
  {
    what: 'with a gap: a patch',
    timestampMs: ramp(64, (index) => START_MS + 15_000 * (index < 3 ? index : index + 9)),
    bytes: '00 03 80a0abfef962 9875 c0 01 01 02 09',
  },
  {
    what: 'too far from zero for integers',
    timestampMs: [0, 2 ** 51],
    bytes: '01 0000000000000000 0000000000002043',
  },
];

describe('a value column has these bytes: a change needs a new version', () => {
  it.each(GOLDEN_VALUES)('$what', ({ values, staleIndexes = [], bytes }) => {
    const source = new SampleColumns(values.length);
    for (const value of values) source.push(0, value);
    for (const index of staleIndexes) setStaleAt(source.valueWords, index);
    const column = Buffer.alloc(valueColumnBytesMax(values.length));
    const end = codec.encodeValues(source, 0, values.length, column, 0);
    const hex = bytes.replaceAll(' ', '');
    expect(column.toString('hex', 0, end)).toBe(hex);
    const target = new SampleColumns(values.length);
    codec.decodeValues(Buffer.from(hex, 'hex'), 0, end, values.length, target, 0);
    expect(target.valueWords).toEqual(source.valueWords);
  });
});

describe('a timestamp column has these bytes: a change needs a new version', () => {
  it.each(GOLDEN_TIMESTAMPS)('$what', ({ timestampMs, bytes }) => {
    const count = timestampMs.length;
    const source = Float64Array.from(timestampMs);
    const column = Buffer.alloc(timestampColumnBytesMax(count));
    const end = codec.encodeTimestamps(source, 0, count, column, 0);
    const hex = bytes.replaceAll(' ', '');
    expect(column.toString('hex', 0, end)).toBe(hex);
    const target = new Float64Array(count);
    codec.decodeTimestamps(Buffer.from(hex, 'hex'), 0, end, count, target, 0);
    expect(target).toEqual(source);
  });
});
