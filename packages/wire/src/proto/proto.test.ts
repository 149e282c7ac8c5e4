import { errorCode, SeededRandom } from '@promontory/base';
import { isStaleAt, setStaleAt } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import {
  decodeChunkedReadResponse,
  decodeReadRequest,
  decodeReadResponse,
  decodeWriteRequest,
  encodeReadRequest,
  encodeWriteRequest,
  type ReadRequest,
  type WireHistogram,
  type WireSeries,
  type WireWriteRequest,
} from './index.ts';

const HISTOGRAM: WireHistogram = {
  timestampMs: 1_700_000_000_123,
  flavor: 'integer',
  isStale: false,
  count: 12,
  sum: -3.5,
  schema: -2,
  zeroThreshold: 1e-128,
  zeroCount: 2,
  resetHint: 2,
  positiveSpans: [
    { offset: -3, length: 2 },
    { offset: 1, length: 1 },
  ],
  positiveBuckets: [5, -3, 1],
  negativeSpans: [{ offset: 0, length: 1 }],
  negativeBuckets: [0],
  customValues: [],
};
const FLOAT_HISTOGRAM: WireHistogram = {
  ...HISTOGRAM,
  flavor: 'float',
  schema: -53,
  count: 12.5,
  zeroCount: 0,
  positiveBuckets: [0.5, 8, 4],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [0.1, 1, 10],
};

function seriesOf(timestampMs: number[], value: number[]): WireSeries {
  return {
    labels: [
      { name: '__name__', value: 'up' },
      { name: 'b', value: 'ü' },
      { name: 'a', value: '' },
    ],
    timestampMs: Float64Array.from(timestampMs),
    value: Float64Array.from(value),
    exemplars: [{ labels: [{ name: 'trace_id', value: 'x' }], value: 0.25, timestampMs: -1 }],
    histograms: [HISTOGRAM, FLOAT_HISTOGRAM],
  };
}

const WRITE_REQUEST: WireWriteRequest = {
  series: [seriesOf([0, -1, 1_700_000_000_000, 2 ** 53], [0, -0, Infinity, 5e-324]), seriesOf([], [])],
  metadata: [{ metricFamilyName: 'up', type: 'gauge', help: 'Is it up?', unit: '' }],
};
const READ_REQUEST: ReadRequest = {
  queries: [
    {
      startMsInclusive: -5,
      endMsInclusive: 1_700_000_000_000,
      matchers: [
        { operator: '=', name: '__name__', value: 'up' },
        { operator: '!=', name: 'a', value: '' },
        { operator: '=~', name: 'b', value: '.+' },
        { operator: '!~', name: 'c', value: 'x|y' },
      ],
      hints: {
        stepMs: 15_000,
        functionName: 'rate',
        startMs: 1,
        endMs: 2,
        grouping: ['a', 'b'],
        by: true,
        rangeMs: 300_000,
      },
    },
    { startMsInclusive: 0, endMsInclusive: 0, matchers: [], hints: null },
  ],
  acceptedResponseTypes: ['unknown', 'streamed-xor-chunks', 'samples'],
};

function outcomeOf(decode: () => unknown): string | undefined {
  try {
    decode();
    return 'decoded';
  } catch (error) {
    return errorCode(error);
  }
}

describe('round trips', () => {
  it('keep write requests', () => {
    expect(decodeWriteRequest(encodeWriteRequest(WRITE_REQUEST))).toEqual(WRITE_REQUEST);
  });

  it('keep read requests', () => {
    expect(decodeReadRequest(encodeReadRequest(READ_REQUEST))).toEqual(READ_REQUEST);
  });

  it('keep every bit of staleness markers and other NaNs', () => {
    const series = seriesOf([1, 2], [0, 0]);
    const words = new Int32Array(series.value.buffer);
    setStaleAt(words, 0);
    words.set([0x1234, 0x7ff80000], 2);
    const staleHistogram = { ...HISTOGRAM, isStale: true };
    const bytes = encodeWriteRequest({ series: [{ ...series, histograms: [staleHistogram] }], metadata: [] });
    const decoded = decodeWriteRequest(bytes).series[0];
    const decodedWords = new Int32Array(decoded?.value.buffer ?? new ArrayBuffer(0));
    expect([...decodedWords]).toEqual([...words]);
    expect(isStaleAt(decodedWords, 0)).toBe(true);
    expect(decoded?.histograms[0]?.isStale).toBe(true);
  });
});

describe('the bytes', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

  it('are those of the published schema', () => {
    const request: WireWriteRequest = {
      series: [
        {
          labels: [{ name: 'a', value: 'b' }],
          timestampMs: Float64Array.of(300),
          value: Float64Array.of(1),
          exemplars: [],
          histograms: [],
        },
      ],
      metadata: [{ metricFamilyName: 'm', type: 'counter', help: 'h', unit: 's' }],
    };
    const label = '0a06 0a0161 120162';
    const sample = '120c 09000000000000f03f 10ac02';
    const metadata = '1a0b 0801 12016d 220168 2a0173';
    const expected = `0a16 ${label} ${sample} ${metadata}`.replaceAll(' ', '');
    expect(hex(encodeWriteRequest(request))).toBe(expected);
  });

  it('may hold packed and unpacked response types, and unknown ones', () => {
    expect(decodeReadRequest(Uint8Array.of(0x12, 3, 1, 0, 9)).acceptedResponseTypes).toEqual([
      'streamed-xor-chunks',
      'samples',
      'unknown',
    ]);
    expect(decodeReadRequest(Uint8Array.of(0x10, 1)).acceptedResponseTypes).toEqual(['streamed-xor-chunks']);
  });
});

describe('hostile bytes', () => {
  const refused = expect.objectContaining({ code: 'ERR_PROTOBUF_INVALID', kind: 'bad-data' });

  it.each([
    ['a truncated message', Uint8Array.of(0x0a, 200)],
    ['a varint without end', new Uint8Array(12).fill(0xff)],
    ['a group end without start', Uint8Array.of(0x0c)],
    ['a wrong wire type', Uint8Array.of(0x08, 1, 0x0f)],
  ])('%s is refused', (_name, bytes) => {
    expect(() => decodeWriteRequest(bytes)).toThrow(refused);
  });

  it('unknown matcher types and chunk encodings are refused', () => {
    expect(() => decodeReadRequest(Uint8Array.of(0x0a, 4, 0x1a, 2, 0x08, 7))).toThrow(refused);
    expect(() => decodeChunkedReadResponse(Uint8Array.of(0x0a, 4, 0x12, 2, 0x18, 9))).toThrow(refused);
  });

  it('mutations decode or are refused, nothing else', () => {
    const random = new SeededRandom(5);
    const originals = [encodeWriteRequest(WRITE_REQUEST), encodeReadRequest(READ_REQUEST)];
    const outcomes = new Set<string | undefined>();
    for (let round = 0; round < 5000; round++) {
      const bytes = Uint8Array.from(originals[round % 2] ?? []);
      bytes[random.nextInt(bytes.length)] = random.nextInt(256);
      bytes[random.nextInt(bytes.length)] = random.nextInt(256);
      for (const decode of [decodeWriteRequest, decodeReadRequest, decodeReadResponse]) {
        outcomes.add(outcomeOf(() => decode(bytes)));
      }
    }
    expect(outcomes).toEqual(new Set(['ERR_PROTOBUF_INVALID', 'decoded']));
  });
});
