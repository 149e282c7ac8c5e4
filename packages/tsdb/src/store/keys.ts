/** Keys of the tables: big-endian numbers and escaped text, so that byte order is the order meant. */

export const KEY_START = Buffer.alloc(0);
/** Above all keys of all tables: no name of a label or metric begins with a byte ff, nor does a number so large. */
export const KEY_END = Buffer.alloc(16, 0xff);

/** Six bytes: sequences up to 2^48. */
export function sequenceKey(sequence: number): Buffer {
  const key = Buffer.allocUnsafe(6);
  key.writeUIntBE(sequence, 0, 6);
  return key;
}

export function refKey(ref: number): Buffer {
  const key = Buffer.allocUnsafe(4);
  key.writeUInt32BE(ref, 0);
  return key;
}

const TEXT_END = 0x01;
const TEXT_CUT = 0x02;
const ESCAPED_ZERO = 0xff;

/**
 * Text so that keys sort as the text's UTF-8 bytes do and one text's key never starts another's:
 * bytes as they are, 00 as 00 ff, the end as 00 01.
 */
export function textKeyPart(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([escapeZeros(bytes), Buffer.of(0, TEXT_END)]);
}

/** The start of every key whose text starts with `prefix`, in UTF-8. */
export function textKeyPrefix(prefix: Buffer): Buffer {
  return escapeZeros(prefix);
}

/** A text too long for a key: its first bytes, 00 02, then a digest that tells it from its likes. */
export function cutTextKeyPart(firstBytes: Buffer, digest: Buffer): Buffer {
  return Buffer.concat([escapeZeros(firstBytes), Buffer.of(0, TEXT_CUT), digest]);
}

/** The smallest key above every key that starts with `prefix`. */
export function keyAfterPrefix(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  for (let index = end.length - 1; index >= 0; index--) {
    if (end[index] !== 0xff) {
      end[index]! += 1;
      return end.subarray(0, index + 1);
    }
  }
  return Buffer.alloc(prefix.length + 1, 0xff);
}

function escapeZeros(bytes: Buffer): Buffer {
  if (!bytes.includes(0)) return bytes;
  const escaped: number[] = [];
  for (const byte of bytes) {
    escaped.push(byte);
    if (byte === 0) escaped.push(ESCAPED_ZERO);
  }
  return Buffer.from(escaped);
}

/** @returns the text that starts at `start` and the offset after its end mark; null when it was cut */
export function readTextKeyPart(key: Buffer, start: number): { text: string | null; end: number } {
  const firstZero = key.indexOf(0, start);
  if (key[firstZero + 1] === TEXT_END)
    return { text: key.toString('utf8', start, firstZero), end: firstZero + 2 };
  const bytes: number[] = [];
  for (let index = start; index < key.length; index++) {
    const byte = key[index]!;
    if (byte !== 0) {
      bytes.push(byte);
      continue;
    }
    const mark = key[index + 1];
    if (mark === TEXT_END) return { text: Buffer.from(bytes).toString('utf8'), end: index + 2 };
    if (mark === TEXT_CUT) return { text: null, end: index + 2 };
    bytes.push(0);
    index++;
  }
  return { text: Buffer.from(bytes).toString('utf8'), end: key.length };
}
