import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { labelsHashShare, xxHash64 } from './labels-hash.ts';

describe('xxHash64', () => {
  // Published test vectors of the algorithm, seed 0.
  it.each([
    ['', 0xef46db3751d8e999n],
    ['a', 0xd24ec4f1a98c6e5bn],
    ['as', 0x1c330fb2d66be179n],
    ['asd', 0x631c37ce72a97393n],
    ['asdf', 0x415872f599cea71en],
    ['Call me Ishmael. Some years ago--never mind how long precisely-', 0x02a2e85470d6fd96n],
  ])('of %j', (text, hash) => {
    expect(xxHash64(Buffer.from(text))).toBe(hash);
  });
});

describe('labelsHashShare', () => {
  it('depends on where names and values end', () => {
    const share = labelsHashShare(Labels.fromObject({ a: 'bc' }));
    expect(share).not.toBe(labelsHashShare(Labels.fromObject({ ab: 'c' })));
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(1);
    expect(labelsHashShare(Labels.fromObject({ a: 'x'.repeat(300) }))).not.toBe(share);
  });
});
