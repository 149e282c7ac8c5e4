import { compareUtf8 } from '@promontory/model';

/** Compares runs of digits as numbers and everything else as text: `4m5` before `4m600` before `4m1000`. */
export function compareNaturally(left: string, right: string): number {
  const leftParts = left.match(/\d+|\D+/g) ?? [];
  const rightParts = right.match(/\d+|\D+/g) ?? [];
  const common = Math.min(leftParts.length, rightParts.length);
  for (let index = 0; index < common; index++) {
    const order = compareParts(leftParts[index] ?? '', rightParts[index] ?? '');
    if (order !== 0) return order;
  }
  return leftParts.length - rightParts.length || compareUtf8(left, right);
}

function compareParts(left: string, right: string): number {
  if (!/^\d/.test(left) || !/^\d/.test(right)) return compareUtf8(left, right);
  const leftDigits = left.replace(/^0+(?=\d)/, '');
  const rightDigits = right.replace(/^0+(?=\d)/, '');
  return leftDigits.length - rightDigits.length || compareUtf8(leftDigits, rightDigits);
}
