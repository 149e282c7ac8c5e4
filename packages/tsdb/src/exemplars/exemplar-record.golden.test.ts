import { Labels } from '@promontory/model';
import { expect, it } from 'vitest';
import { decodeExemplar, encodeExemplar } from './exemplar-record.ts';

const KEY = '018bcfe56800 00000007 508777b5';
const RECORD = '6be26c09 01 000000000000f83f 0e 0a 08 74726163655f6964 12 02 6131';

it('an exemplar: time, ref and digest as the key; value and label bytes as the record', () => {
  const labels = Labels.fromObject({ trace_id: 'a1' });
  const { key, record } = encodeExemplar(7, { labels, value: 1.5, timestampMs: 1_700_000_000_000 });
  expect([key.toString('hex'), record.toString('hex')]).toEqual([
    KEY.replaceAll(' ', ''),
    RECORD.replaceAll(' ', ''),
  ]);
  expect(decodeExemplar(key, record)).toEqual({ labels, value: 1.5, timestampMs: 1_700_000_000_000 });
});
