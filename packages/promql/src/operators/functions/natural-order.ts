import { compareUtf8 } from '@promontory/model';

const ZERO = 0x30;
const NINE = 0x39;

/** Compares runs of digits as numbers and everything else as text: `4m5` before `4m600` before `4m1000`. */
export function compareNaturally(left: string, right: string): number {
  let leftStart = 0;
  let rightStart = 0;
  while (leftStart < left.length && rightStart < right.length) {
    const leftEnd = runEnd(left, leftStart);
    const rightEnd = runEnd(right, rightStart);
    const order = compareRuns(left.slice(leftStart, leftEnd), right.slice(rightStart, rightEnd));
    if (order !== 0) return order;
    leftStart = leftEnd;
    rightStart = rightEnd;
  }
  return Number(leftStart < left.length) - Number(rightStart < right.length) || compareUtf8(left, right);
}

/** The end of the digits, or of what is not digits, that begin at `start`. */
function runEnd(text: string, start: number): number {
  const ofDigits = isDigitAt(text, start);
  let end = start + 1;
  while (end < text.length && isDigitAt(text, end) === ofDigits) end++;
  return end;
}

function compareRuns(left: string, right: string): number {
  if (!isDigitAt(left, 0) || !isDigitAt(right, 0)) return compareUtf8(left, right);
  const leftDigits = left.slice(leadingZeros(left));
  const rightDigits = right.slice(leadingZeros(right));
  return leftDigits.length - rightDigits.length || compareUtf8(leftDigits, rightDigits);
}

/** @returns how many zeros a run of digits begins with, the last digit never among them */
function leadingZeros(digits: string): number {
  let count = 0;
  while (count < digits.length - 1 && digits.charCodeAt(count) === ZERO) count++;
  return count;
}

function isDigitAt(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= ZERO && code <= NINE;
}
