import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TSDB_LIMITS } from '../options.ts';
import { checkLabels } from './label-checks.ts';

const check = (...pairs: string[]): void =>
  checkLabels(Labels.fromSortedPairs(pairs), {
    ...DEFAULT_TSDB_LIMITS,
    labelsPerSeriesMax: 3,
    labelNameBytesMax: 10,
  });

describe('labels', () => {
  it.each([
    ['a metric name alone', ['__name__', 'm']],
    ['text of any kind', ['__name__', 'm n', 'a b', '\0\n"', 'ü😀', '日本']],
    [
      'names in the order of their UTF-8 bytes, not of their code units',
      ['__name__', 'm', '\uffff', '1', '\u{1f600}', '2'],
    ],
  ])('may have %s', (_what, pairs) => {
    expect(() => check(...pairs)).not.toThrow();
  });

  it.each([
    ['no metric name', ['job', 'api'], 'no metric name'],
    ['an empty metric name', ['__name__', ''], 'no metric name'],
    ['an empty name', ['', 'x', '__name__', 'm'], 'a label without a name'],
    ['an empty value', ['__name__', 'm', 'a', ''], 'label "a" is empty'],
    ['a name without a value', ['__name__', 'm', 'a'], 'label "a" is empty'],
    ['names that do not ascend', ['a', '1', '__name__', 'm'], 'label "__name__" after "a"'],
    ['a name twice', ['__name__', 'm', 'a', '1', 'a', '1'], 'label "a" after "a"'],
    ['half of a surrogate pair in a name', ['__name__', 'm', '\ud83d', '1'], 'half of a surrogate pair'],
    ['half of a surrogate pair in a value', ['__name__', 'm', 'a', '\ude00'], 'half of a surrogate pair'],
    ['too many', ['__name__', 'm', 'a', '1', 'b', '1', 'c', '1'], '4 labels, limit 3 (labelsPerSeriesMax)'],
    ['a name that is too long', ['__name__', 'm', 'abcdefghijk', '1'], '11 bytes in a label name, limit 10'],
    [
      'a value that is too long',
      ['__name__', 'm', 'a', 'é'.repeat(2049)],
      '4098 bytes in a label value, limit 4096',
    ],
  ])('must not have %s', (_what, pairs, text) => {
    expect(() => check(...pairs)).toThrow(
      expect.objectContaining({
        code: 'ERR_LABELS_INVALID',
        kind: 'bad-data',
        message: expect.stringContaining(text),
      }),
    );
  });
});
