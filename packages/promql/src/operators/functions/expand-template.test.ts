import { LabelRegex } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { expandTemplate } from './expand-template.ts';

describe('expandTemplate', () => {
  it.each([
    ['(.*)-(.*)', 'a-b', '$2/$1', 'b/a'],
    ['(.*)-(.*)', 'a-b', '${1}x', 'ax'],
    // The name takes all it can: there is no group 1x.
    ['(.*)-(.*)', 'a-b', '$1x', ''],
    ['(?P<first>.).*', 'abc', '$first-${first}', 'a-a'],
    ['(a)|(b)', 'b', '[$1$2]', '[b]'],
    ['.*', 'abc', '$0$$1', 'abc$1'],
    ['.*', 'abc', '100%$', '100%$'],
    ['.*', 'abc', '$9', ''],
  ])('%s on %s: %s gives %s', (pattern, value, template, expected) => {
    const capture = new LabelRegex(pattern).capture(value);
    expect(capture && expandTemplate(template, capture, () => {})).toBe(expected);
  });

  it('matches the whole value only', () => {
    expect(new LabelRegex('b').capture('abc')).toBeNull();
  });
});
