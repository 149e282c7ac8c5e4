/** Relative links in Markdown that lead nowhere. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const LINK = /(?<!!)\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|!\[[^\]]*\]\(\s*([^)\s]+)\s*\)/g;
const DEFINITION = /^\s{0,3}\[[^\]]+\]:\s*(\S+)/gm;
const CODE = /^(```|~~~)[\s\S]*?^\1|`[^`\n]*`/gm;
const ABSOLUTE = /^(?:[a-z][a-z+.-]*:|#|\/\/)/i;

/** @returns targets of relative links, without fragments; code is passed over */
export function relativeLinks(markdown: string): string[] {
  const text = markdown.replaceAll(CODE, '');
  const targets = [
    ...[...text.matchAll(LINK)].map((match) => match[1] ?? match[2] ?? ''),
    ...[...text.matchAll(DEFINITION)].map((match) => match[1] ?? ''),
  ];
  return targets.filter((target) => !ABSOLUTE.test(target)).map((target) => target.replace(/[#?].*$/, ''));
}

/** @param path of the Markdown file, absolute */
export function deadLinks(path: string, markdown: string): string[] {
  return relativeLinks(markdown).filter(
    (target) => target.startsWith('/') || !existsSync(join(dirname(path), decodeURIComponent(target))),
  );
}
