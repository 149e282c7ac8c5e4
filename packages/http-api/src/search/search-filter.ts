/** What `search[]` accepts, and how well it fits. */
import { jaroWinkler } from './jaro-winkler.ts';
import { subsequenceScore } from './subsequence-score.ts';

export const FUZZ_ALGORITHMS = ['subsequence', 'jarowinkler'] as const;
export type FuzzAlgorithm = (typeof FUZZ_ALGORITHMS)[number];

export interface SearchTerms {
  /** Any of them will do; none accepts everything. */
  readonly searches: readonly string[];
  readonly algorithm: FuzzAlgorithm;
  /** From 0 to 1: fuzzy matches below it are none. Without one Jaro-Winkler is not asked. */
  readonly thresholdMin: number;
  readonly isCaseSensitive: boolean;
}

/** The score of a text, from 0 to 1; null when it is not accepted. */
export type SearchFilter = (text: string) => number | null;

const PREFIX_SCORE = 1;
const SUBSTRING_SCORE = 0.9;

export function makeSearchFilter(terms: SearchTerms): SearchFilter {
  const { searches, isCaseSensitive } = terms;
  // Without a search everything fits.
  if (searches.length === 0) return () => 1;
  const fold = (text: string): string => (isCaseSensitive ? text : text.toLowerCase());
  const filters = searches.map((search) => termFilter(fold(search), terms));
  return (text) => {
    const folded = fold(text);
    let best: number | null = null;
    for (const filter of filters) {
      const score = filter(folded);
      if (score !== null && (best === null || score > best)) best = score;
    }
    return best;
  };
}

function termFilter(search: string, { algorithm, thresholdMin }: SearchTerms): SearchFilter {
  if (search === '') return () => 1;
  const characters = Array.from(search);
  if (algorithm === 'subsequence') {
    return (text) => {
      if (text.startsWith(search)) return PREFIX_SCORE;
      const score = subsequenceScore(characters, Array.from(text));
      return score > 0 && score >= thresholdMin ? score : null;
    };
  }
  return (text) => {
    if (text.startsWith(search)) return PREFIX_SCORE;
    if (text.includes(search)) return SUBSTRING_SCORE;
    if (thresholdMin === 0 || text === '') return null;
    const score = jaroWinkler(characters, Array.from(text));
    return score >= thresholdMin ? score : null;
  };
}
