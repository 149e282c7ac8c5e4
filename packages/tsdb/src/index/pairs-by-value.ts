/**
 * The pairs of some series in the order of their posting keys, so that the tree is written left to right.
 *
 * By name, and within a name by the first four bytes after what all values of that name have in common (as
 * numbers, sorted with their pairs in one go), and only where those are equal by all bytes. Zeros, which keys
 * escape, may sort otherwise here: order is a matter of speed.
 */
import type { SeriesPairs } from './series-pairs.ts';

/** @returns all pairs, each once */
export function pairsInKeyOrder(pairs: SeriesPairs): Int32Array {
  const order = new Int32Array(pairs.pairs.count);
  let count = 0;
  for (const group of pairsByName(pairs)) {
    sortByValue(pairs, group);
    order.set(group, count);
    count += group.length;
  }
  return order;
}

/** One list of pairs a name, names in the order of their bytes. */
function pairsByName(pairs: SeriesPairs): Int32Array[] {
  const counts = new Int32Array(pairs.names.count);
  for (let pair = 0; pair < pairs.pairs.count; pair++) counts[pairs.nameIdOf(pair)]! += 1;
  const groups = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let pair = 0; pair < pairs.pairs.count; pair++) {
    const name = pairs.nameIdOf(pair);
    groups[name]![counts[name]!++] = pair;
  }
  const names = Array.from(groups.keys(), (name) => ({ name, bytes: Buffer.from(pairs.nameText(name)) }));
  names.sort((left, right) => Buffer.compare(left.bytes, right.bytes));
  return names.map(({ name }) => groups[name]!);
}

function sortByValue(pairs: SeriesPairs, group: Int32Array): void {
  const skipped = commonPrefixLength(pairs, group);
  const ranked = new BigUint64Array(group.length);
  const words = new Uint32Array(ranked.buffer);
  for (let index = 0; index < group.length; index++) {
    words[2 * index] = group[index]!;
    words[2 * index + 1] = valueWord(pairs, group[index]!, skipped);
  }
  ranked.sort();
  let tieStart = 0;
  for (let index = 0; index < group.length; index++) {
    group[index] = words[2 * index]!;
    if (index > 0 && words[2 * index + 1] === words[2 * index - 1]) continue;
    sortTie(pairs, group.subarray(tieStart, index));
    tieStart = index;
  }
  sortTie(pairs, group.subarray(tieStart));
}

function sortTie(pairs: SeriesPairs, tie: Int32Array): void {
  if (tie.length < 2) return;
  const { arena } = pairs.pairs;
  tie.sort((left, right) =>
    Buffer.compare(
      arena.subarray(pairs.valueStart(left), pairs.pairs.end(left)),
      arena.subarray(pairs.valueStart(right), pairs.pairs.end(right)),
    ),
  );
}

function commonPrefixLength(pairs: SeriesPairs, group: Int32Array): number {
  const { arena } = pairs.pairs;
  const first = group[0]!;
  const start = pairs.valueStart(first);
  let length = pairs.pairs.end(first) - start;
  for (const pair of group) {
    const from = pairs.valueStart(pair);
    const most = Math.min(length, pairs.pairs.end(pair) - from);
    length = 0;
    while (length < most && arena[start + length] === arena[from + length]) length++;
  }
  return length;
}

/** The four bytes from `offset` on, the first highest, zeros after the end. */
function valueWord(pairs: SeriesPairs, pair: number, offset: number): number {
  const { arena } = pairs.pairs;
  const end = pairs.pairs.end(pair);
  let word = 0;
  for (let at = pairs.valueStart(pair) + offset, byte = 0; byte < 4; byte++, at++)
    word = (word << 8) | (at < end ? arena[at]! : 0);
  return word >>> 0;
}
