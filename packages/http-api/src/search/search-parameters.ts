import type { LabelRequest } from '@promontory/promql';
import { parseBoolean } from '../parameters/boolean-parameter.ts';
import { readMatcherSets } from '../parameters/matcher-parameter.ts';
import { badRequest } from '../parameters/parameter-error.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import { optionalTimeMs } from '../parameters/time-parameter.ts';
import { FUZZ_ALGORITHMS, type SearchTerms } from './search-filter.ts';

export type SearchOrder = 'ascending' | 'descending' | 'score';

export interface SearchParameters {
  readonly request: LabelRequest;
  readonly terms: SearchTerms;
  readonly order: SearchOrder;
  readonly includesScore: boolean;
  /** Results at most. */
  readonly resultsMax: number;
  /** Results in one line. */
  readonly batchSize: number;
}

const DEFAULT_RANGE_MS = 3600 * 1000;
const RESULTS_DEFAULT = 100;
export const SEARCH_RESULTS_MAX = 10_000;
export const SEARCH_TERMS_MAX = 32;
/** Each term is compared with every name or value. */
const TERM_CHARACTERS_MAX = 1000;

/**
 * @param noun of what is searched, for messages
 * @throws PromontoryError ERR_PARAMETER_INVALID, in Prometheus's words
 */
export function readSearchParameters(
  parameters: RequestParameters,
  nowMs: number,
  noun: string,
): SearchParameters {
  const rangeStartMsInclusive = optionalTimeMs(parameters, 'start', nowMs - DEFAULT_RANGE_MS);
  const rangeEndMsInclusive = optionalTimeMs(parameters, 'end', nowMs);
  if (rangeEndMsInclusive < rangeStartMsInclusive) {
    throw badRequest('end timestamp must not be before start timestamp');
  }
  const matcherSets = readMatcherSets(parameters);
  const terms = readTerms(parameters);
  const includesScore = readBoolean(parameters, 'include_score', false);
  const order = readOrder(parameters, terms, noun);
  const resultsMax = readCount(parameters, 'limit');
  const batchSize = Math.min(readCount(parameters, 'batch_size'), resultsMax);
  const request = { matcherSets, rangeStartMsInclusive, rangeEndMsInclusive, countMax: 0 };
  return { request, terms, order, includesScore, resultsMax, batchSize };
}

/** As Go reads a bool. @throws PromontoryError ERR_PARAMETER_INVALID */
export function readBoolean(parameters: RequestParameters, name: string, fallback: boolean): boolean {
  const text = parameters.get(name);
  if (text === '') return fallback;
  const parsed = parseBoolean(text);
  if ('value' in parsed) return parsed.value;
  throw badRequest(`invalid ${name} ${JSON.stringify(text)}: must be boolean`);
}

function readTerms(parameters: RequestParameters): SearchTerms {
  const searches = parameters.getAll('search[]');
  if (searches.length > SEARCH_TERMS_MAX) {
    throw badRequest(`too many search[]: got ${searches.length}, the limit is ${SEARCH_TERMS_MAX}`);
  }
  const long = searches.find((search) => search.length > TERM_CHARACTERS_MAX);
  if (long !== undefined) {
    throw badRequest(
      `search[] is too long: got ${long.length} characters, the limit is ${TERM_CHARACTERS_MAX}`,
    );
  }
  const thresholdText = parameters.get('fuzz_threshold') || '0';
  const threshold = Number(thresholdText);
  if (!/^[+-]?\d+$/.test(thresholdText) || threshold < 0 || threshold > 100) {
    throw badRequest(`invalid fuzz_threshold ${JSON.stringify(thresholdText)}: must be 0-100`);
  }
  const algorithmText = parameters.get('fuzz_alg') || FUZZ_ALGORITHMS[0];
  const algorithm = FUZZ_ALGORITHMS.find((name) => name === algorithmText);
  if (algorithm === undefined) {
    const known = FUZZ_ALGORITHMS.join(' ');
    throw badRequest(`unsupported fuzz_alg ${JSON.stringify(algorithmText)}: must be one of [${known}]`);
  }
  const isCaseSensitive = readBoolean(parameters, 'case_sensitive', true);
  return { searches, algorithm, thresholdMin: threshold / 100, isCaseSensitive };
}

function readOrder(parameters: RequestParameters, { searches }: SearchTerms, noun: string): SearchOrder {
  const sortBy = parameters.get('sort_by');
  const direction = parameters.get('sort_dir');
  if (direction !== '' && sortBy === '') throw badRequest('sort_dir is only valid when sort_by is set');
  if (direction !== '' && sortBy === 'score') {
    throw badRequest('sort_dir is not supported for sort_by=score');
  }
  if (direction !== '' && direction !== 'asc' && direction !== 'dsc') {
    throw badRequest(`invalid sort_dir ${JSON.stringify(direction)}: must be "asc" or "dsc"`);
  }
  if (sortBy === 'score' && searches.length === 0) {
    throw badRequest('sort_by=score requires search[] to be set');
  }
  if (sortBy !== '' && sortBy !== 'alpha' && sortBy !== 'score') {
    throw badRequest(`invalid sort_by ${JSON.stringify(sortBy)} for ${noun}: must be "alpha" or "score"`);
  }
  if (sortBy === 'score') return 'score';
  return direction === 'dsc' ? 'descending' : 'ascending';
}

function readCount(parameters: RequestParameters, name: string): number {
  const text = parameters.get(name);
  if (text === '') return RESULTS_DEFAULT;
  const count = Number(text);
  if (!/^\+?\d+$/.test(text) || count < 1) {
    throw badRequest(`invalid ${name} ${JSON.stringify(text)}: must be positive integer`);
  }
  if (count > SEARCH_RESULTS_MAX) {
    throw badRequest(`invalid ${name} ${JSON.stringify(text)}: must not exceed ${SEARCH_RESULTS_MAX}`);
  }
  return count;
}
