import { describe, expect, it } from 'vitest';
import { sealUnderKey } from '../store/checksum.ts';
import { postingKey, valuePart } from './posting-keys.ts';
import { PostingsEncoder, PostingsRun } from './postings-record.ts';

const compact = (parts: string): string => parts.replaceAll(' ', '');

describe('a postings run has these bytes: a change needs a new version', () => {
  it.each([
    ['three refs', [1, 2, 300], '', '963c0dfd 01 03 01 01 aa02 00'],
    ['a value that its key cut', [7], 'é', '6db1a9ab 01 01 07 02 c3a9'],
  ] as const)('%s', (_what, refs, cutValue, parts) => {
    const key = postingKey('a', valuePart('b'), refs[0]);
    const hex = compact(parts);
    const encoder = new PostingsEncoder();
    expect(encoder.unsafeEncode(key, Int32Array.from(refs), 0, refs.length, cutValue).toString('hex')).toBe(
      hex,
    );
    const run = new PostingsRun(key, Buffer.from(hex, 'hex'));
    expect([run.count, [...run.refs()], run.cutValue()]).toEqual([refs.length, refs, cutValue]);
    expect(() => new PostingsRun(postingKey('b', valuePart('b'), 1), Buffer.from(hex, 'hex'))).toThrow(
      'checksum',
    );
  });
});

describe('a run that says what cannot be is damaged', () => {
  const key = postingKey('a', valuePart('b'), 1);
  const runOf = (parts: string): PostingsRun =>
    new PostingsRun(key, sealUnderKey(key, Buffer.from(compact(`00000000 ${parts}`), 'hex')));
  const isDamaged = expect.objectContaining({ code: 'ERR_STORE_CORRUPT' }) as Error;

  it.each([
    ['more refs than bytes, 2^31 of them', '01 ffffffff07 01 00'],
    ['more refs than a run may have', `01 8120 ${'01'.repeat(4097)} 00`],
    ['no end of its count', '01 80'],
  ])('%s', (_what, parts) => expect(() => runOf(parts)).toThrow(isDamaged));

  it('a value longer than the record', () =>
    expect(() => runOf('01 01 07 03 c3a9').cutValue()).toThrow(isDamaged));
});

describe('a postings key has these bytes: a change needs a new version', () => {
  it('text as it is, a zero byte escaped, the first ref big-endian', () => {
    expect(postingKey('job', valuePart('a\0é'), 258).toString('hex')).toBe(
      compact('6a6f62 0001 61 00ff c3a9 0001 00000102'),
    );
  });
  it('a long value cut to 256 bytes, with the start of its SHA-256 behind them', () => {
    const value = valuePart('x'.repeat(799));
    expect(value.isCut).toBe(true);
    expect(postingKey('a', value, 1).toString('hex')).toBe(
      compact(`61 0001 ${'78'.repeat(256)} 0002 1ff936e715cc4d2d53f792ccb2cbf165 00000001`),
    );
    expect(valuePart('x'.repeat(798)).isCut).toBe(false);
  });
});
