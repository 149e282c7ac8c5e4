import { describe, expect, it } from 'vitest';
import type { SequenceItem } from './script.ts';
import { parseSequence, parseSeriesDescription } from './series-notation.ts';

/** Numbers, and the kinds of the other items. */
function shortForm(items: readonly SequenceItem[]): (number | string)[] {
  return items.map((item) => (item.kind === 'value' ? item.value : item.kind));
}

describe('parseSequence', () => {
  it.each([
    ['', []],
    ['1 -2.5 +3 .5 1e3', [1, -2.5, 3, 0.5, 1000]],
    ['Inf -inf NaN', [Infinity, -Infinity, NaN]],
    ['_ 1 _x2 stale', ['omitted', 1, 'omitted', 'omitted', 'stale']],
    ['5x2', [5, 5, 5]],
    ['0x1', [0, 0]],
    ['1+2x3', [1, 3, 5, 7]],
    ['1-2x2', [1, -1, -3]],
    ['-1+0.5x2  7', [-1, -0.5, 0, 7]],
    ['{{}} 1', ['histogram', 1]],
    ['{{ }}x1', ['histogram', 'histogram']],
    ['{{count:1 buckets:[1 2]}} {{sum:1}}+{{sum:2}}x2', Array.from({ length: 4 }, () => 'histogram')],
  ])('reads %j', (text, expected) => {
    expect(shortForm(parseSequence(text))).toEqual(expected);
  });

  it.each([
    'two',
    '1+2',
    '1x',
    '_x0',
    '0xff',
    'stalex2',
    '1x1000001',
    '{{count:1',
    '{{count:1}',
    '{{count:1}}x',
    '{{count:1}}+{{count:1}}',
    '{{count:1}}1',
    '{{count:1}}{{count:1}}',
    '{{count:1}}+1x3',
    '}}',
  ])('refuses %j', (text) => {
    expect(() => parseSequence(text)).toThrow('cannot read script');
  });
});

describe('parseSeriesDescription', () => {
  it.each([
    ['up 1', 'up'],
    ['up{} 1', 'up'],
    ['{} 1', '{}'],
    ['up{job="a b}", instance=\'x\'} 1', 'up{instance="x", job="a b}"}'],
    ['{"http.requests", "service.name"="api"} 1', 'http.requests{service.name="api"}'],
    ['{} {{count:1}}', '{}'],
    ['up {{count:1}}', 'up'],
  ])('reads the labels of %j', (text, labels) => {
    const description = parseSeriesDescription(text);
    expect(description.labels.toString()).toBe(labels);
    expect(description.items).toHaveLength(1);
  });

  it.each([
    ['up{job="a" 1', 'labels are not closed'],
    ['up{job="a} 1', 'labels are not closed'],
    ['up{job=~"a"} 1', 'is no series'],
    ['up{job!="a"} 1', 'is no series'],
    ['rate(up) 1', 'expected'],
  ])('refuses %j', (text, reason) => {
    expect(() => parseSeriesDescription(text)).toThrow(reason);
  });
});
