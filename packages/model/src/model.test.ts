import { describe, expect, it } from 'vitest';
import {
  compareLabels,
  compareUtf8,
  LabelRegex,
  Labels,
  Matcher,
  SampleColumns,
  setStaleAt,
} from './index.ts';

describe('compareUtf8', () => {
  it('orders as the UTF-8 bytes would', () => {
    const strings = ['', 'a', 'ab', 'b', 'é', '\uffee', '😀', 'Z', '0'];
    const byBytes = strings.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(strings.toSorted(compareUtf8)).toEqual(byBytes);
  });
});

describe('Labels', () => {
  it('sorts, drops empty values and keeps the last of a repeated name', () => {
    const labels = Labels.fromEntries([
      ['b', '2'],
      ['a', '0'],
      ['c', ''],
      ['a', '1'],
    ]);
    expect(labels.pairs).toEqual(['a', '1', 'b', '2']);
    expect(labels.get('c')).toBe('');
    expect(labels.get('__proto__')).toBe('');
  });
  it('has one key for equal labels and different keys where joined text would collide', () => {
    expect(Labels.fromObject({ a: '1', b: '2' }).equals(Labels.fromObject({ b: '2', a: '1' }))).toBe(true);
    expect(Labels.fromObject({ a: '1\xffb' }).key).not.toBe(Labels.fromObject({ a: '1', b: '' }).key);
  });
  it('keeps, drops and sets labels without changing the original', () => {
    const labels = Labels.fromObject({ __name__: 'up', job: 'x', instance: 'y' });
    expect(labels.keep(new Set(['job'])).toObject()).toEqual({ job: 'x' });
    expect(labels.drop(new Set(['__name__'])).toString()).toBe('{instance="y", job="x"}');
    expect(labels.with('job', '').has('job')).toBe(false);
    expect(labels.toString()).toBe('up{instance="y", job="x"}');
  });
  it('compares pair by pair', () => {
    const a = Labels.fromObject({ a: '1' });
    const ab = Labels.fromObject({ a: '1', b: '1' });
    expect([ab, a].toSorted(compareLabels)).toEqual([a, ab]);
  });
});

describe('LabelRegex', () => {
  const cases: [pattern: string, matching: string[], others: string[]][] = [
    ['', [''], ['a']],
    ['api', ['api'], ['api2', 'xapi', '']],
    ['a|b|', ['a', 'b', ''], ['ab', 'c']],
    ['(a|b)', ['a', 'b'], ['(a', 'ab']],
    ['(?:a|b)', ['a', 'b'], ['?:a']],
    ['.*', ['', 'x\ny'], []],
    ['.+', ['x', '\n'], ['']],
    ['a.*', ['a', 'abc'], ['ba']],
    ['.*z', ['z', 'az'], ['za']],
    ['a.+z', ['abz'], ['az']],
    ['a.*b.*c', ['abc', 'axbxc'], ['acb', 'ab']],
    ['a.*a', ['aa', 'aba'], ['a']],
    ['.+a.+', ['bab'], ['ab', 'ba']],
    ['a\\.b', ['a.b'], ['axb']],
    ['a+', ['a', 'aa'], ['']],
    ['ab?', ['a', 'ab'], ['abb']],
    ['.*?x', ['x', 'ax'], ['xa']],
    ['[ab]c', ['ac', 'bc'], ['cc']],
    ['(a|b)c|d', ['ac', 'd'], ['a']],
    ['a{2}', ['aa'], ['a']],
    ['\\d+', ['12'], ['x']],
    ['(?i)ABC', ['abc'], ['abd']],
    ['😀.', ['😀x'], ['😀']],
  ];
  it.each(cases)('%j', (pattern, matching, others) => {
    const regex = new LabelRegex(pattern);
    expect(matching.filter((value) => !regex.matches(value))).toEqual([]);
    expect(others.filter((value) => regex.matches(value))).toEqual([]);
  });
  it('tells the finite set and the prefix', () => {
    expect(new LabelRegex('foo|foobar').values).toEqual(new Set(['foo', 'foobar']));
    expect(new LabelRegex('foo.*|foobar').prefix).toBe('foo');
    expect(new LabelRegex('.*').prefix).toBe('');
    expect(new LabelRegex('a😀x.*|a😁y.*').prefix).toBe('a');
    expect(new LabelRegex('a😀x.*|a😀y.*').prefix).toBe('a😀');
  });
  it('refuses what RE2 refuses', () => {
    expect(() => new LabelRegex('(?=x)')).toThrow(
      expect.objectContaining({ code: 'ERR_MATCHER_REGEX_INVALID' }),
    );
    expect(() => new LabelRegex('(')).toThrow(expect.objectContaining({ kind: 'bad-data' }));
  });
  it('stays linear on patterns that make backtracking engines explode', () => {
    const regex = new LabelRegex('(a+)+$');
    expect(regex.matches(`${'a'.repeat(5_000)}b`)).toBe(false);
  });
});

describe('Matcher', () => {
  it('treats an absent label as empty', () => {
    const labels = Labels.fromObject({ job: 'api' });
    const column = (text: string, matcher: Matcher): [string, boolean] => [text, matcher.matches(labels)];
    expect([
      column('eq', new Matcher('=', 'job', 'api')),
      column('ne', new Matcher('!=', 'zone', '')),
      column('eq empty', new Matcher('=', 'zone', '')),
      column('re', new Matcher('=~', 'job', 'a.*')),
      column('nre', new Matcher('!~', 'job', 'a.*')),
    ]).toEqual([
      ['eq', true],
      ['ne', false],
      ['eq empty', true],
      ['re', true],
      ['nre', false],
    ]);
  });
});

describe('SampleColumns', () => {
  it('grows, keeps samples and keeps the staleness marker apart from other NaNs', () => {
    const columns = new SampleColumns(1);
    columns.push(1, Number.NaN);
    columns.push(2, 5);
    columns.push(3, 0);
    setStaleAt(columns.valueWords, 2);
    columns.reserve(100);
    expect([columns.isStale(0), columns.isStale(1), columns.isStale(2)]).toEqual([false, false, true]);
    expect([...columns.timestampMs.subarray(0, columns.count)]).toEqual([1, 2, 3]);
  });
});
