/**
 * The series that the queries of a remote read select.
 *
 * All are selected before the answer begins: whatever can be wrong with a request is an error with a status then, not an
 * answer that ends torn, and all queries see the same state but for commits in between. Each set pins what it reads
 * until its query is answered; how long a set may live is the source's to bound.
 */
import { WorkTicker } from '@promontory/base';
import {
  compareLabels,
  type HistogramSample,
  type Labels,
  Matcher,
  METRIC_NAME,
  RegexBudget,
  SampleColumns,
} from '@promontory/model';
import type { SelectRequest, SeriesSet, SeriesSource } from '@promontory/promql';
import {
  ERR_READ_MATCHERS_MAX,
  type ReadQuery,
  type SeriesSamples,
  type WireMatcher,
} from '@promontory/wire';
import { ERR_READ_SERIES_MAX, ERR_READ_SPAN_MAX } from '../error-codes.ts';
import { TIME_MS_MAX, TIME_MS_MIN } from '../parameters/time-parameter.ts';
import { readError } from './read-error.ts';
import type { ReadLimits } from './read-limits.ts';

/** Of all regexes of a request; as many as an expression may have. */
const REGEX_CHARACTERS_MAX = 262_144;

export interface SelectedSeries {
  readonly labels: Labels;
  /** In the set. */
  readonly seriesIndex: number;
}

/** What one query selected; empty after `close`. */
export class ReadSelection {
  readonly queryIndex: number;
  /** Sorted by labels. */
  #series: readonly SelectedSeries[];
  readonly #set: SeriesSet;
  readonly #request: SelectRequest;
  readonly #floats: SampleColumns;

  /**
   * @param floats is filled with each series that is read; shared by all selections of a request
   * @throws what the checkpoint of the request throws; the set is not closed then
   */
  constructor(queryIndex: number, set: SeriesSet, request: SelectRequest, floats: SampleColumns) {
    this.queryIndex = queryIndex;
    this.#set = set;
    this.#request = request;
    this.#floats = floats;
    this.#series = sortedSeries(set, new WorkTicker(request.checkpoint));
  }

  get series(): readonly SelectedSeries[] {
    return this.#series;
  }

  /** @returns the samples, valid until any selection of the request is read again */
  unsafeRead({ seriesIndex }: SelectedSeries): SeriesSamples {
    const { rangeStartMsInclusive, rangeEndMsInclusive } = this.#request;
    const floats = this.#floats;
    this.#set.read(seriesIndex, floats);
    const histograms: readonly HistogramSample[] = this.#set.readHistograms(seriesIndex);
    return { floats, histograms, rangeStartMsInclusive, rangeEndMsInclusive };
  }

  /** Twice is fine. */
  close(): void {
    this.#series = [];
    this.#set.close();
  }
}

/**
 * @param nowMs what of a range lies in the future does not count against its limit: an open end is the end of time
 * @param checkpoint is called now and then, and throws when the read is to be given up
 * @returns one selection a query, null for a range that ends before it begins; the caller closes them
 * @throws PromontoryError ERR_READ_SPAN_MAX, ERR_READ_SERIES_MAX, ERR_READ_MATCHERS_MAX,
 *   ERR_MATCHER_REGEX_INVALID, ERR_MATCHER_REGEX_WEIGHT_MAX, and what the source throws;
 *   nothing is left open then
 */
export async function selectQueries(
  source: SeriesSource,
  queries: readonly ReadQuery[],
  limits: ReadLimits,
  nowMs: number,
  checkpoint: () => void,
): Promise<(ReadSelection | null)[]> {
  requireShortRegexes(queries);
  const regexes = new RegexBudget();
  const requests = queries.map((query, index) => ({
    ...selectRequest(query, index, regexes, limits, nowMs),
    checkpoint,
  }));
  const floats = new SampleColumns();
  const selections: (ReadSelection | null)[] = [];
  let seriesCount = 0;
  try {
    for (const [queryIndex, request] of requests.entries()) {
      if (request.rangeEndMsInclusive < request.rangeStartMsInclusive) {
        selections.push(null);
        continue;
      }
      checkpoint();
      const set = await source.select(request);
      seriesCount += set.seriesCount;
      selections.push(
        closeOnError(set, () => {
          requireSeriesCount(seriesCount, limits);
          return new ReadSelection(queryIndex, set, request, floats);
        }),
      );
    }
  } catch (error) {
    closeSelections(selections);
    throw error;
  }
  return selections;
}

export function closeSelections(selections: readonly (ReadSelection | null)[]): void {
  for (const selection of selections) selection?.close();
}

function closeOnError<T>(set: SeriesSet, make: () => T): T {
  try {
    return make();
  } catch (error) {
    set.close();
    throw error;
  }
}

function sortedSeries(set: SeriesSet, ticker: WorkTicker): SelectedSeries[] {
  const series = Array.from({ length: set.seriesCount }, (_, seriesIndex) => {
    ticker.tick();
    return { labels: set.labels(seriesIndex), seriesIndex };
  });
  return series.sort(ticker.ticking((left, right) => compareLabels(left.labels, right.labels)));
}

function requireSeriesCount(seriesCount: number, { readSeriesMax }: ReadLimits): void {
  if (seriesCount <= readSeriesMax) return;
  throw readError(
    ERR_READ_SERIES_MAX,
    `cannot answer remote read: it selects too many series; got ${seriesCount} or more, want at most ${readSeriesMax}`,
  );
}

function selectRequest(
  query: ReadQuery,
  queryIndex: number,
  regexes: RegexBudget,
  { readSpanMsMax }: ReadLimits,
  nowMs: number,
): SelectRequest {
  const { startMs, endMs } = narrowedRange(query);
  const spanMs = Math.min(endMs, Math.max(startMs, nowMs)) - startMs;
  if (spanMs > readSpanMsMax) {
    throw readError(
      ERR_READ_SPAN_MAX,
      `cannot answer query ${queryIndex} of remote read: it spans too much time; got ${spanMs} ms, want at most ${readSpanMsMax} ms`,
    );
  }
  return {
    matchers: compileMatchers(query.matchers, regexes),
    rangeStartMsInclusive: startMs,
    rangeEndMsInclusive: endMs,
    hints: {
      stepMs: Math.max(0, query.hints?.stepMs ?? 0),
      rangeMs: Math.max(0, query.hints?.rangeMs ?? 0),
      functionName: query.hints?.functionName ?? '',
    },
  };
}

/**
 * What of the query's range its hints say will be used. The range of a query is that of the whole expression, the hints
 * have that of one selector of it. 0 means that nothing is said; hints that have nothing to do with the range are no
 * reason to answer less.
 */
function narrowedRange({ startMsInclusive, endMsInclusive, hints }: ReadQuery): {
  startMs: number;
  endMs: number;
} {
  const whole = { startMs: clampTime(startMsInclusive), endMs: clampTime(endMsInclusive) };
  if (hints === null) return whole;
  const startMs = hints.startMs === 0 ? whole.startMs : Math.max(whole.startMs, hints.startMs);
  const endMs = hints.endMs === 0 ? whole.endMs : Math.min(whole.endMs, hints.endMs);
  return startMs <= endMs ? { startMs, endMs } : whole;
}

function clampTime(timeMs: number): number {
  return Math.min(TIME_MS_MAX, Math.max(TIME_MS_MIN, timeMs));
}

/** Compiling takes many times the memory of the text. */
function requireShortRegexes(queries: readonly ReadQuery[]): void {
  let characters = 0;
  for (const { matchers } of queries) {
    for (const { operator, value } of matchers) {
      if (operator === '=~' || operator === '!~') characters += value.length;
    }
  }
  if (characters <= REGEX_CHARACTERS_MAX) return;
  throw readError(
    ERR_READ_MATCHERS_MAX,
    `cannot answer remote read: its regexes are too long; got ${characters} characters, want at most ${REGEX_CHARACTERS_MAX}`,
  );
}

/** A query without matchers is one for every series. */
function compileMatchers(matchers: readonly WireMatcher[], regexes: RegexBudget): Matcher[] {
  if (matchers.length === 0) return [new Matcher('=~', METRIC_NAME, '.*')];
  return matchers.map(({ operator, name, value }) => new Matcher(operator, name, value, regexes));
}
