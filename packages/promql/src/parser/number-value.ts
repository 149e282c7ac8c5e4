import { readDuration } from './duration.ts';
import { readNumberToken } from './number-literal.ts';
import type { TokenReader } from './token-reader.ts';
import type { Token } from './token.ts';

/** @param token a number or a duration; @returns its value, of a duration in seconds */
export function numberValue(reader: TokenReader, token: Token): number {
  if (token.kind === 'duration') {
    const reading = readDuration(token.text);
    if ('reason' in reading) reader.fail(token.start, reading.reason);
    // Whole seconds and the rest apart, as Go does it: the sum is then the nearest number to the decimal one.
    return Math.floor(reading.durationMs / 1000) + (reading.durationMs % 1000) / 1000;
  }
  const reading = readNumberToken(token.text);
  if ('reason' in reading) reader.fail(token.start, `error parsing number: ${reading.reason}`);
  return reading.value;
}
