import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sealRecord, sealUnderKey } from '../store/checksum.ts';
import { refKey } from '../store/keys.ts';
import { encodeWaitingBatch, walkWaitingBatch } from './waiting-batch.ts';

const KEY = refKey(258);
const LABELS = Buffer.from('aababc');
const BOUNDS = Int32Array.of(0, 1, 1, 3, 6);
/** Count, lengths, label bytes. */
const CONTENTS = '04 01 00 02 03 61 6162 616263'.replaceAll(' ', '');
/** A stored block of deflate: the last one, its length, and that inverted. */
const STORED = `01 0b00 f4ff ${CONTENTS}`.replaceAll(' ', '');

function read(key: Buffer, record: Buffer): string[] {
  const found: string[] = [];
  walkWaitingBatch(key, record, (index, bytes, start, end) =>
    found.push(`${index}=${bytes.toString('latin1', start, end)}`),
  );
  return found;
}

function record(hex: string): Buffer {
  return sealUnderKey(KEY, Buffer.from(`00000000 ${hex}`.replaceAll(' ', ''), 'hex'));
}

describe('a batch of waiting series has these bytes: a change needs a new version', () => {
  it('read, however they were compressed', () => {
    const bytes = record(`01 0b ${STORED}`);
    expect(bytes.toString('hex', 0, 4)).toBe('a57be66f');
    expect(read(KEY, bytes)).toEqual(['0=a', '1=', '2=ab', '3=abc']);
    expect(() => read(refKey(259), bytes)).toThrow('checksum');
  });

  it('written: a version, a length, and these once they are decompressed', () => {
    const bytes = encodeWaitingBatch(KEY, LABELS, BOUNDS);
    expect(bytes.toString('hex', 4, 6)).toBe('010b');
    expect(inflateRawSync(bytes.subarray(6)).toString('hex')).toBe(CONTENTS);
    expect(read(KEY, bytes)).toEqual(['0=a', '1=', '2=ab', '3=abc']);
  });
});

/** The record of contents that are not what was written, and are intact. */
function recordOf(contents: string): Buffer {
  const compressed = deflateRawSync(Buffer.from(contents.replaceAll(' ', ''), 'hex'));
  return record(
    `01 ${(contents.replaceAll(' ', '').length / 2).toString(16).padStart(2, '0')} ${compressed.toString('hex')}`,
  );
}

describe('a batch that says what cannot be is damaged', () => {
  it.each([
    ['a length that deflate cannot reach, of 2 GiB', record('01 ffffffff07 0300'), 'ERR_STORE_CORRUPT'],
    ['more series than bytes, 2^31 of them', recordOf('ffffffff07 01'), 'ERR_STORE_CORRUPT'],
    ['label bytes beyond its end', recordOf('02 01 09 61 62'), 'ERR_STORE_CORRUPT'],
    ['bytes after its label bytes', recordOf('01 01 61 62'), 'ERR_STORE_CORRUPT'],
    ['a length above what is there', record(`01 0c ${STORED}`), 'ERR_STORE_CORRUPT'],
    ['a length below what is there', record(`01 0a ${STORED}`), 'ERR_STORE_CORRUPT'],
    ['no compressed bytes', record('01 0b'), 'ERR_STORE_CORRUPT'],
    ['bytes that are not deflate', record('01 0b ffffff'), 'ERR_STORE_CORRUPT'],
    ['a checksum without the key', sealRecord(record(`01 0b ${STORED}`)), 'ERR_STORE_CORRUPT'],
    ['another version', record(`02 0b ${STORED}`), 'ERR_STORE_FORMAT_VERSION'],
  ])('%s', (_what, bytes, code) => {
    expect(() => read(KEY, bytes)).toThrow(expect.objectContaining({ code }));
  });
});
