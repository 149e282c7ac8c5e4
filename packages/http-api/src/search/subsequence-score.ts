/**
 * How well a pattern's characters stand in a text, in their order but with gaps: what Prometheus's search and its UI call
 * subsequence matching. Runs of neighbours count by the square of their length; every character before and between the
 * runs costs the text's part of one, every one behind them half of that. From each place where the pattern may begin the
 * next fitting character is taken, and the best beginning counts. Normalised, so that 1 is the text itself.
 */

/** @returns from 0, no match, to 1 */
export function subsequenceScore(pattern: readonly string[], text: readonly string[]): number {
  let best = 0;
  for (let start = 0; start + pattern.length <= text.length; start++) {
    if (text[start] !== pattern[0]) continue;
    const score = scoreFrom(start, pattern, text);
    // What cannot be completed from here cannot be from a later place.
    if (score === null) break;
    best = Math.max(best, score);
  }
  return best / pattern.length ** 2;
}

function scoreFrom(start: number, pattern: readonly string[], text: readonly string[]): number | null {
  const perCharacter = 1 / text.length;
  let score = 0;
  let matched = 0;
  let runEnd = 0;
  let at = start;
  while (matched < pattern.length) {
    while (at < text.length && text[at] !== pattern[matched]) at++;
    if (at === text.length) return null;
    const runStart = at;
    while (matched < pattern.length && at < text.length && text[at] === pattern[matched]) {
      at++;
      matched++;
    }
    score += (at - runStart) ** 2 - (runStart - runEnd) * perCharacter;
    runEnd = at;
  }
  return score - ((text.length - runEnd) * perCharacter) / 2;
}
