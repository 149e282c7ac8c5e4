import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { formatLabels } from './format-labels.ts';

describe('formatLabels', () => {
  it.each([
    [{}, '{}'],
    [{ __name__: 'up' }, '{__name__="up"}'],
    [{ __name__: 'up', job: 'a', code: '1' }, '{__name__="up", code="1", job="a"}'],
    [{ 'http.method': 'PÖST', 日本: '"\n' }, '{"http.method"="PÖST", "日本"="\\"\\n"}'],
  ])('%j', (labels, text) => {
    expect(formatLabels(Labels.fromObject(labels))).toBe(text);
  });
});
