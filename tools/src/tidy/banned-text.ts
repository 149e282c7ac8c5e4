/** Text that no file of the repository may hold: it would tie the project to one machine or one mirror. */

export interface BannedText {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Written so that no pattern matches its own source. */
export const BANNED_TEXTS: readonly BannedText[] = [
  {
    pattern: /\bregistry[.](?:npmjs|yarnpkg)\b|\bnpmmirror[.]com\b/,
    instead: 'leave the registry to the npm configuration of the machine',
  },
  {
    pattern: /\b(?:deb|security|ftp)[.]debian[.]org\b|\barchive[.]ubuntu[.]com\b/,
    instead: "use the mirror that the machine's apt sources name",
  },
  { pattern: /"resolved": "https?:/, instead: 'keep omit-lockfile-registry-resolved in .npmrc' },
  { pattern: /(?<![\w.-])\/(?:root|home\/\w+|Users\/\w+|work)\//, instead: 'use a relative path' },
  { pattern: /\bFIX[M]E\b/, instead: 'fix it' },
];

/** @returns `line: what to do instead` for each line that holds a banned text */
export function findBannedText(text: string): string[] {
  const found: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    for (const { pattern, instead } of BANNED_TEXTS) {
      if (pattern.test(line)) found.push(`${index + 1}: ${pattern.exec(line)?.[0]}: ${instead}`);
    }
  }
  return found;
}
