import { expect, it } from 'vitest';
import { decodeFingerprint, encodeFingerprint, fingerprintKey } from './fingerprint-index.ts';

it('a fingerprint has these bytes: a change needs a new version', () => {
  const key = fingerprintKey(1, -2, 0x12345678);
  const hex = '04aa419c 01 2a010000'.replaceAll(' ', '');
  expect(key.toString('hex')).toBe('00000001fffffffe12345678');
  expect(encodeFingerprint(key, 298).toString('hex')).toBe(hex);
  expect(decodeFingerprint(key, Buffer.from(hex, 'hex'))).toBe(298);
});
