import { WorkTicker } from '@promontory/base';
import { compareUtf8 } from '@promontory/model';
import type { LabelAnswer } from '@promontory/promql';
import type { RequestDeadline } from '../endpoints/request-deadline.ts';
import { makeSearchFilter } from './search-filter.ts';
import type { SearchOrder, SearchParameters } from './search-parameters.ts';

export interface SearchResult {
  readonly name: string;
  /** From 0 to 1. */
  readonly score: number;
}

export interface SearchAnswer {
  readonly results: readonly SearchResult[];
  readonly hasMore: boolean;
}

/** Of characters: a term is compared with a text in the product of their lengths, a subsequence in the text's square at worst. */
const COMPARISONS_PER_CHECKPOINT = 1 << 24;

/**
 * What of the texts is accepted, in the order that is asked for.
 *
 * @param ask of the source: all texts, or the first so many; sorted by bytes
 * @throws PromontoryError ERR_QUERY_TIMEOUT, ERR_QUERY_CANCELLED
 */
export async function searchTexts(
  deadline: RequestDeadline,
  { terms, order, resultsMax }: SearchParameters,
  ask: (countMax: number, checkpoint: () => void) => Promise<LabelAnswer<string>>,
): Promise<SearchAnswer> {
  const isFirstEnough = terms.searches.length === 0 && order === 'ascending';
  const { values } = await ask(isFirstEnough ? resultsMax + 1 : 0, deadline.check);
  deadline.check();
  const filter = makeSearchFilter(terms);
  const found: SearchResult[] = [];
  const termCharacters = terms.searches.reduce((sum, search) => sum + search.length, 1);
  const squares = terms.algorithm === 'subsequence' ? terms.searches.length : 0;
  let comparisons = 0;
  for (const name of values) {
    comparisons += (termCharacters + squares * name.length) * (name.length + 1);
    if (comparisons > COMPARISONS_PER_CHECKPOINT) {
      deadline.check();
      comparisons = 0;
    }
    const score = filter(name);
    if (score !== null) found.push({ name, score });
    if (order === 'ascending' && found.length > resultsMax) break;
  }
  const results = sorted(found, order, new WorkTicker(deadline.check));
  return { results: results.slice(0, resultsMax), hasMore: results.length > resultsMax };
}

/** Texts come ascending. */
function sorted(found: SearchResult[], order: SearchOrder, ticker: WorkTicker): SearchResult[] {
  if (order === 'descending') return found.toReversed();
  if (order === 'ascending') return found;
  return found.sort(
    ticker.ticking((left, right) => right.score - left.score || compareUtf8(left.name, right.name)),
  );
}
