import { expect, it } from 'vitest';
import { decodeMetadata, encodeMetadata, metadataKey } from './metadata-record.ts';

const METADATA = { type: 'counter', unit: 's', help: 'Time.' } as const;
const REPORTED_MS = 1_700_000_000_000;
const KEY = '7570 0001 cdcaa4082eee8210';
const RECORD = '2a48e10a 01 00008056febc7842 0700 636f756e746572 0100 73 0500 54696d652e';

it('a saying: metric name and digest as the key; time and three texts as the record', () => {
  const key = metadataKey('up', METADATA);
  const record = encodeMetadata(key, METADATA, REPORTED_MS);
  expect([key.toString('hex'), record.toString('hex')]).toEqual([
    KEY.replaceAll(' ', ''),
    RECORD.replaceAll(' ', ''),
  ]);
  expect(decodeMetadata(record)).toEqual({ metadata: METADATA, reportedMs: REPORTED_MS });
});
