/**
 * Orders strings as their UTF-8 bytes would be, which is how Prometheus (and LMDB) sort names and values.
 * JavaScript's own order differs only where a surrogate pair meets a unit of U+E000 to U+FFFF.
 *
 * @returns negative, zero or positive
 */
export function compareUtf8(left: string, right: string): number {
  const common = Math.min(left.length, right.length);
  for (let index = 0; index < common; index++) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit !== rightUnit) return codePointRank(leftUnit) - codePointRank(rightUnit);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above U+FFFF: rank them after every other unit. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
