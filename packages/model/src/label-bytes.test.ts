import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { decodeLabelBytes, encodeLabelBytes, LabelFingerprint, Labels, walkLabelBytes } from './index.ts';

function fingerprintOf(labels: Labels, key = Int32Array.of(1, 2, 3)): string {
  const bytes = encodeLabelBytes(labels);
  const view = new DataView(bytes.buffer);
  const fingerprint = new LabelFingerprint(key);
  walkLabelBytes(bytes, 0, bytes.length, (span) => fingerprint.add(view, span.messageStart, span.valueEnd));
  return [fingerprint.lane0, fingerprint.lane1, fingerprint.lane2].join();
}

describe('label bytes', () => {
  it('are fixed: a change needs a new format version', () => {
    const bytes = encodeLabelBytes(Labels.fromObject({ __name__: 'up', job: 'ä' }));
    expect(Buffer.from(bytes).toString('hex')).toBe('0e0a085f5f6e616d655f5f12027570090a036a6f621202c3a4');
  });
  it('give back every label set', () => {
    const labels = Labels.fromEntries([
      ['a', 'x'.repeat(127)],
      ['b', 'y'.repeat(128)],
      ['long', 'z'.repeat(20_000)],
      ['名前', '\ufeff😀\0'],
    ]);
    expect(decodeLabelBytes(encodeLabelBytes(labels)).pairs).toEqual(labels.pairs);
  });
});

describe('LabelFingerprint', () => {
  it('does not depend on the order of labels, and does depend on the key', () => {
    const labels = Labels.fromObject({ a: '1', b: '2', c: '3' });
    expect(fingerprintOf(labels)).toBe(fingerprintOf(Labels.fromObject({ c: '3', a: '1', b: '2' })));
    expect(fingerprintOf(labels)).not.toBe(fingerprintOf(labels, Int32Array.of(1, 2, 4)));
  });
  it('tells names from values and neighbours from each other', () => {
    const random = new SeededRandom(7);
    const seen = new Map<string, string>();
    for (let index = 0; index < 20_000; index++) {
      const labels = Labels.fromObject({
        [`n${index % 10}`]: String(Math.floor(index / 10)),
        job: 'x'.repeat(random.nextInt(20) + 1),
        [`n${(index + 1) % 10}`]: '1',
      });
      const print = fingerprintOf(labels);
      expect(seen.get(print) ?? labels.key).toBe(labels.key);
      seen.set(print, labels.key);
    }
  });
  it('flips about half of each lane’s bits for one flipped bit', () => {
    const random = new SeededRandom(11);
    const flips = [0, 0, 0];
    const rounds = 3000;
    for (let round = 0; round < rounds; round++) {
      const bytes = Uint8Array.from({ length: 8 + random.nextInt(40) }, () => random.nextInt(256));
      const other = bytes.slice();
      other[random.nextInt(bytes.length)]! ^= 1 << random.nextInt(8);
      const [left, right] = [bytes, other].map((each) => {
        const fingerprint = new LabelFingerprint(Int32Array.of(5, 6, 7));
        fingerprint.add(new DataView(each.buffer), 0, each.length);
        return [fingerprint.lane0, fingerprint.lane1, fingerprint.lane2];
      });
      for (const lane of [0, 1, 2]) flips[lane]! += popCount((left?.[lane] ?? 0) ^ (right?.[lane] ?? 0));
    }
    for (const count of flips) expect(count / rounds / 32).toBeCloseTo(0.5, 1);
  });
});

function popCount(value: number): number {
  let rest = value >>> 0;
  let count = 0;
  while (rest !== 0) {
    rest &= rest - 1;
    count++;
  }
  return count;
}
