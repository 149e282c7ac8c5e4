import { expect, it, vi } from 'vitest';
import type { OtlpExemplar } from '../request.ts';
import { translateExemplars } from './exemplars.ts';

const EXEMPLAR: OtlpExemplar = { timestampMs: 5, value: 1.5, traceId: '', spanId: '', attributes: [] };
const TRACE_ID = '0102030405060708090a0b0c0d0e0f10';
const SPAN_ID = '0102030405060708';

function labelsOf(change: Partial<OtlpExemplar>): Record<string, string> {
  const [exemplar] = translateExemplars([{ ...EXEMPLAR, ...change }], 9, () => undefined);
  return exemplar?.labels.toObject() ?? {};
}

it('have ids and attributes as labels, under their own names', () => {
  const attributes = [
    { key: 'http.route', value: '/x' },
    { key: 'n', value: 5n },
    { key: '', value: 'x' },
    { key: 'trace_id', value: 'other' },
  ];
  expect(labelsOf({ traceId: TRACE_ID, spanId: SPAN_ID, attributes })).toEqual({
    'http.route': '/x',
    n: '5',
    span_id: SPAN_ID,
    trace_id: TRACE_ID,
  });
});

it.each([
  [128 - 63 - 1, true],
  [128 - 63, false],
  [1e6, false],
])('keep an attribute of %d characters beside the ids: %s', (length, isKept) => {
  const attributes = [{ key: 'k', value: '𝄞'.repeat(length) }];
  const labels = labelsOf({ traceId: TRACE_ID, spanId: SPAN_ID, attributes });
  expect(Object.keys(labels)).toEqual(isKept ? ['k', 'span_id', 'trace_id'] : ['span_id', 'trace_id']);
});

it('have the time of their point when they have none', () => {
  const onDropped = vi.fn<() => void>();
  const translated = translateExemplars([EXEMPLAR, { ...EXEMPLAR, timestampMs: 0 }], 9, onDropped);
  expect(translated.map(({ timestampMs, value }) => [timestampMs, value])).toEqual([
    [5, 1.5],
    [9, 1.5],
  ]);
  expect(onDropped).not.toHaveBeenCalled();
});

it('are dropped without a value', () => {
  const onDropped = vi.fn<() => void>();
  expect(translateExemplars([{ ...EXEMPLAR, value: null }], 9, onDropped)).toEqual([]);
  expect(onDropped).toHaveBeenCalledTimes(1);
});
