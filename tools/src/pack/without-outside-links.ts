/** A README as it is read away from the repository: links to files that are not packed become plain text. */

const LINK = /\[(?<label>[^\]]+)\]\((?<target>[^)\s]+)\)/g;
/** Other sites, and headings of the text itself. */
const STAYS = /^(https?:|#)/;

export function withoutOutsideLinks(markdown: string): string {
  return markdown.replace(LINK, (link, label: string, target: string) => (STAYS.test(target) ? link : label));
}
