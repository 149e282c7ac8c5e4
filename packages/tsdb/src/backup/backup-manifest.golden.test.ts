import { expect, it } from 'vitest';
import { type BackupManifest, decodeManifest, encodeManifest } from './backup-manifest.ts';

const MANIFEST: BackupManifest = {
  madeMs: 1_763_700_000_000,
  main: { bytes: 4096, checksum: 0xdeadbeef },
  logs: [{ generation: 7, bytes: 8192, checksum: 1 }],
  blocks: [
    { id: 3, bytes: 12_288, isIntact: true },
    { id: 5, bytes: 0, isIntact: false },
  ],
};
const PARTS = [
  '26fd7179 01000000 02000000 01000000 02000000 000050644baa7942 000000000000b040 efbeadde',
  '07000000 000000000000c040 01000000',
  '03000000 000000000000c840 01 05000000 0000000000000000 00',
];

it('the manifest of a backup has these bytes: a change needs a new version', () => {
  const hex = PARTS.join('').replaceAll(' ', '');
  const bytes = encodeManifest(MANIFEST);
  expect(bytes.toString('hex')).toBe(hex);
  expect(decodeManifest(bytes)).toEqual(MANIFEST);
});

it.each([0, 4, 8, 12, 30, 60])('a wrong byte at %i is refused', (at) => {
  const bytes = encodeManifest(MANIFEST);
  bytes[at]! ^= 1;
  expect(() => decodeManifest(bytes)).toThrowError(expect.objectContaining({ kind: 'corrupt' }));
});
