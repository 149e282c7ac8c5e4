/**
 * The Jaro similarity of two texts (M. A. Jaro, JASA 84, 1989), with Winkler's bonus for a common beginning (W. E. Winkler,
 * "String Comparator Metrics and Enhanced Decision Rules", 1990). From 0, nothing in common, to 1, equal.
 *
 * Two characters match when they are equal and not further from each other than half of the longer text; what stands in
 * another order costs half. Time grows with the product of the lengths.
 */
const PREFIX_MAX = 4;
const PREFIX_WEIGHT = 0.1;

/** @param left @param right characters (code points), not empty */
export function jaroWinkler(left: readonly string[], right: readonly string[]): number {
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  const similarity = jaro(short, long);
  let prefix = 0;
  while (prefix < Math.min(PREFIX_MAX, short.length) && short[prefix] === long[prefix]) prefix++;
  return similarity + prefix * PREFIX_WEIGHT * (1 - similarity);
}

function jaro(short: readonly string[], long: readonly string[]): number {
  const reach = Math.max(Math.floor(long.length / 2) - 1, 0);
  const isTaken = new Uint8Array(long.length);
  const matchedOfShort: string[] = [];
  for (const [index, character] of short.entries()) {
    const end = Math.min(index + reach + 1, long.length);
    for (let at = Math.max(index - reach, 0); at < end; at++) {
      if (isTaken[at] === 1 || long[at] !== character) continue;
      isTaken[at] = 1;
      matchedOfShort.push(character);
      break;
    }
  }
  const matches = matchedOfShort.length;
  if (matches === 0) return 0;
  const matchedOfLong = long.filter((_, at) => isTaken[at] === 1);
  const moved = matchedOfShort.filter((character, index) => character !== matchedOfLong[index]).length;
  return (matches / short.length + matches / long.length + (matches - moved / 2) / matches) / 3;
}
