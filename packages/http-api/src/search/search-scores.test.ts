import { describe, expect, it } from 'vitest';
import { jaroWinkler } from './jaro-winkler.ts';
import { makeSearchFilter, type SearchTerms } from './search-filter.ts';
import { subsequenceScore } from './subsequence-score.ts';

const characters = (text: string): string[] => Array.from(text);

describe('jaroWinkler', () => {
  // The first four are the pairs that Winkler's paper prints.
  it.each([
    ['martha', 'marhta', 0.9611],
    ['dwayne', 'duane', 0.84],
    ['dixon', 'dicksonx', 0.8133],
    ['jones', 'johnson', 0.8324],
    ['up', 'up', 1],
    ['abc', 'xyz', 0],
    ['a', 'b', 0],
    ['été', 'ete', 0.5556],
    ['😀up', '😀up', 1],
  ])('%s, %s: %f', (left, right, score) => {
    expect(jaroWinkler(characters(left), characters(right))).toBeCloseTo(score, 4);
    expect(jaroWinkler(characters(right), characters(left))).toBeCloseTo(score, 4);
  });
});

describe('subsequenceScore', () => {
  it.each([
    ['abc', 'abc', 1],
    ['a', 'b', 0],
    ['abcd', 'abc', 0],
    ['ba', 'ab', 0],
    // Two of four stand together, one before them and one behind: 4 - 1/4 - 1/8, of 4.
    ['oa', 'goat', 29 / 32],
    // The later beginning has the longer run: 9 - 2/5, of 9.
    ['bac', 'babac', 43 / 45],
    // Runs of two and of two with one between: 8 - 1/5, of 16; the greedy way misses the better one.
    ['abaa', 'abbaa', 39 / 80],
    ['ü', 'über', 1 - 3 / 8],
  ])('%s in %s: %f', (pattern, text, score) => {
    expect(subsequenceScore(characters(pattern), characters(text))).toBeCloseTo(score, 9);
  });
});

describe('makeSearchFilter', () => {
  const terms = (changes: Partial<SearchTerms>): SearchTerms => ({
    searches: ['req'],
    algorithm: 'subsequence',
    thresholdMin: 0,
    isCaseSensitive: true,
    ...changes,
  });

  it.each<[string, Partial<SearchTerms>, string, number | null]>([
    ['everything without a search', { searches: [] }, 'x', 1],
    ['everything for an empty search', { searches: [''] }, 'x', 1],
    ['a beginning as the best', {}, 'requests', 1],
    ['no match', {}, 'xyz', null],
    ['case', {}, 'REQ', null],
    ['no case when asked', { isCaseSensitive: false, searches: ['rEq'] }, 'ReQuest', 1],
    ['nothing below the threshold', { thresholdMin: 0.95 }, 'http_requests', null],
    ['the best of several', { searches: ['nope', 'http', 'req'] }, 'http_requests', 1],
    ['a part', { algorithm: 'jarowinkler' }, 'http_requests', 0.9],
    ['a beginning', { algorithm: 'jarowinkler' }, 'req', 1],
    ['nothing fuzzy without a threshold', { algorithm: 'jarowinkler' }, 'rqe', null],
    ['nothing in no text', { algorithm: 'jarowinkler', thresholdMin: 0.01 }, '', null],
  ])('accepts %s', (_what, changes, text, score) => {
    expect(makeSearchFilter(terms(changes))(text)).toBe(score);
  });

  it('accepts what is alike enough', () => {
    const alike = makeSearchFilter(
      terms({ searches: ['martha'], algorithm: 'jarowinkler', thresholdMin: 0.96 }),
    );
    expect([alike('marhta'), alike('marhat')]).toEqual([expect.closeTo(0.9611, 4), null]);
  });
});
