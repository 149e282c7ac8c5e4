/**
 * Writes new series into the index: their refs into the postings of each label pair, one run a pair and
 * batch, and their fingerprints page by page. Runs when enough series wait, not for each of them: until
 * then readers match the few waiting series by their labels (index-reader.ts).
 */
import { walkLabelBytes } from '@promontory/model';
import { sealRecord } from '../store/checksum.ts';
import { refKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { encodePostings } from './postings-record.ts';
import { postingKey, valuePart } from './posting-keys.ts';

/** A series that has its record but is not in the index yet. Refs of waiting series are consecutive. */
export interface WaitingSeries {
  readonly ref: number;
  readonly labelBytes: Buffer;
  readonly lane0: number;
  readonly lane1: number;
  readonly lane2: number;
}

interface PairRefs {
  readonly name: string;
  readonly value: string;
  readonly refs: number[];
}

/** Puts the series into the index. Inside a write transaction only; the caller moves `indexedRefEnd`. */
export function putIntoIndex(store: Store, waiting: readonly WaitingSeries[]): void {
  for (const { name, value, refs } of collectPairs(waiting)) {
    const part = valuePart(value);
    store.postings.put(postingKey(name, part, refs[0]!), encodePostings(refs, part.isCut ? value : ''));
  }
  const first = waiting[0];
  if (first !== undefined) store.fingerprints.put(refKey(first.ref), encodeFingerprintPage(waiting));
}

/** Sorted by pair, so that the tree is written left to right. */
function collectPairs(waiting: readonly WaitingSeries[]): PairRefs[] {
  const byPair = new Map<string, PairRefs>();
  for (const { ref, labelBytes } of waiting) {
    walkLabelBytes(labelBytes, 0, labelBytes.length, (span) => {
      const key = labelBytes.toString('latin1', span.messageStart, span.valueEnd);
      const pair = byPair.get(key);
      if (pair !== undefined) {
        pair.refs.push(ref);
        return;
      }
      const name = labelBytes.toString('utf8', span.nameStart, span.nameEnd);
      const value = labelBytes.toString('utf8', span.valueStart, span.valueEnd);
      byPair.set(key, { name, value, refs: [ref] });
    });
  }
  return [...byPair.values()].sort((left, right) =>
    left.name === right.name ? compareText(left.value, right.value) : compareText(left.name, right.name),
  );
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

const PAGE_HEADER_BYTES = 4;
const FINGERPRINT_BYTES = 12;

/** crc32 u32 | three lanes i32 a series, for consecutive refs from the key's ref on */
function encodeFingerprintPage(waiting: readonly WaitingSeries[]): Buffer {
  const page = Buffer.allocUnsafe(PAGE_HEADER_BYTES + waiting.length * FINGERPRINT_BYTES);
  for (const [index, { lane0, lane1, lane2 }] of waiting.entries()) {
    const at = PAGE_HEADER_BYTES + index * FINGERPRINT_BYTES;
    page.writeInt32LE(lane0, at);
    page.writeInt32LE(lane1, at + 4);
    page.writeInt32LE(lane2, at + 8);
  }
  return sealRecord(page);
}

/** Calls `visit` for each series of an intact page. */
export function walkFingerprintPage(
  page: Buffer,
  visit: (index: number, lane0: number, lane1: number, lane2: number) => void,
): void {
  const count = (page.length - PAGE_HEADER_BYTES) / FINGERPRINT_BYTES;
  for (let index = 0; index < count; index++) {
    const at = PAGE_HEADER_BYTES + index * FINGERPRINT_BYTES;
    visit(index, page.readInt32LE(at), page.readInt32LE(at + 4), page.readInt32LE(at + 8));
  }
}
