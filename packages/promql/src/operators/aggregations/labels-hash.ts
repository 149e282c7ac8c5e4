/**
 * Prometheus's hash of a label set (64-bit xxHash of its in-memory form: every name and value behind its length),
 * so that limit_ratio takes the same series as it does there.
 */
import type { Labels } from '@promontory/model';

const MASK = (1n << 64n) - 1n;
const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;
/** From this length on the length takes four bytes. */
const LONG_TEXT_BYTES = 255;

/** The hash as a share of all possible hashes, in [0, 1]. */
export function labelsHashShare(labels: Labels): number {
  return Number(xxHash64(labelBytes(labels))) / 2 ** 64;
}

function labelBytes({ pairs }: Labels): Buffer {
  const parts: Buffer[] = [];
  for (const text of pairs) {
    const bytes = Buffer.from(text);
    const { length } = bytes;
    const size =
      length < LONG_TEXT_BYTES
        ? [length]
        : [LONG_TEXT_BYTES, length & 0xff, (length >> 8) & 0xff, (length >> 16) & 0xff];
    parts.push(Buffer.from(size), bytes);
  }
  return Buffer.concat(parts);
}

/** Yann Collet's xxHash, 64 bits, seed 0 (the algorithm is specified in xxhash_spec.md of the xxHash project). */
export function xxHash64(bytes: Buffer): bigint {
  let offset = 0;
  let hash = PRIME_5;
  if (bytes.length >= 32) {
    let lanes = [(PRIME_1 + PRIME_2) & MASK, PRIME_2, 0n, -PRIME_1 & MASK];
    for (; offset + 32 <= bytes.length; offset += 32) {
      lanes = lanes.map((lane, index) => round(lane, bytes.readBigUInt64LE(offset + 8 * index)));
    }
    hash = [1n, 7n, 12n, 18n].reduce(
      (sum, bits, index) => (sum + rotate(lanes[index] ?? 0n, bits)) & MASK,
      0n,
    );
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4) & MASK;
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; offset + 8 <= bytes.length; offset += 8) {
    hash ^= round(0n, bytes.readBigUInt64LE(offset));
    hash = (rotate(hash, 27n) * PRIME_1 + PRIME_4) & MASK;
  }
  if (offset + 4 <= bytes.length) {
    hash ^= (BigInt(bytes.readUInt32LE(offset)) * PRIME_1) & MASK;
    hash = (rotate(hash, 23n) * PRIME_2 + PRIME_3) & MASK;
    offset += 4;
  }
  for (; offset < bytes.length; offset++) {
    hash ^= (BigInt(bytes[offset] ?? 0) * PRIME_5) & MASK;
    hash = (rotate(hash, 11n) * PRIME_1) & MASK;
  }
  return avalanche(hash);
}

function round(lane: bigint, input: bigint): bigint {
  return (rotate((lane + input * PRIME_2) & MASK, 31n) * PRIME_1) & MASK;
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function avalanche(value: bigint): bigint {
  let hash = value;
  hash = ((hash ^ (hash >> 33n)) * PRIME_2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * PRIME_3) & MASK;
  return hash ^ (hash >> 32n);
}
