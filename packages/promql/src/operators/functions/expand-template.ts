import type { LabelCapture } from '@promontory/model';

const REFERENCE = /\$(?:\$|(\w+)|\{(\w+)\})/g;

/**
 * Replaces `$1`, `${1}`, `$name` and `${name}` by what the groups captured, `$$` by a dollar sign. As in Go, a
 * name takes all the letters, digits and underscores it can (`$1x` is the group named `1x`), and a group
 * that is not there is empty.
 *
 * @param grow told of the length so far, in UTF-16 units, before more is added; may throw
 */
export function expandTemplate(
  template: string,
  capture: LabelCapture,
  grow: (length: number) => void,
): string {
  let length = 0;
  return template.replaceAll(REFERENCE, (whole, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (name === undefined) return whole === '$$' ? '$' : whole;
    const index = /^\d+$/.test(name) ? Number(name) : capture.groupIndex(name);
    const text = index === undefined ? '' : (capture.groups[index] ?? '');
    length += text.length;
    grow(length);
    return text;
  });
}
