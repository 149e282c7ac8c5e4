import type { LabelCapture } from '@promontory/model';

const REFERENCE = /\$(?:\$|(\w+)|\{(\w+)\})/g;

/**
 * Replaces `$1`, `${1}`, `$name` and `${name}` by what the groups captured, `$$` by a dollar sign. As in Go, a
 * name takes all the letters, digits and underscores it can (`$1x` is the group named `1x`), and a group
 * that is not there is empty.
 */
export function expandTemplate(template: string, capture: LabelCapture): string {
  return template.replaceAll(REFERENCE, (whole, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (name === undefined) return whole === '$$' ? '$' : whole;
    const index = /^\d+$/.test(name) ? Number(name) : capture.groupIndex(name);
    return index === undefined ? '' : (capture.groups[index] ?? '');
  });
}
