/**
 * A source narrowed to the series that a request may see. Whatever is asked of it carries the scope's matchers down
 * to the inner source: selections of queries, however deep they stand, browsing, exemplars and counts. What has no
 * series to match, such as metadata, is given for the metrics that the scope has series of.
 */
import { PromontoryError, WorkTicker } from '@promontory/base';
import { type Labels, type Matcher, METRIC_NAME } from '@promontory/model';
import type { LabelAnswer, LabelRequest, SelectRequest, SeriesSet, WorkRequest } from '@promontory/promql';
import type {
  Cardinality,
  CardinalityRequest,
  DataSource,
  MetadataRequest,
  MetricMetadata,
  SelectionEstimate,
  SeriesExemplars,
} from '../data-source.ts';
import { ERR_SCOPE_FORBIDDEN } from '../error-codes.ts';
import { TIME_MS_MAX, TIME_MS_MIN } from '../parameters/time-parameter.ts';
import { countLabels, SCOPED_SERIES_MAX } from './scoped-cardinality.ts';
import { UnionSeriesSet } from './union-series-set.ts';

/** Alternatives, each a conjunction; a series is seen when one of them accepts it. Never empty. */
export type Scope = readonly [readonly Matcher[], ...(readonly Matcher[])[]];

/** @param scope null lets everything through */
export function narrowedSets(
  matcherSets: readonly (readonly Matcher[])[],
  scope: Scope | null,
): readonly (readonly Matcher[])[] {
  if (scope === null) return matcherSets;
  return matcherSets.flatMap((set) => scope.map((matchers) => [...set, ...matchers]));
}

/** Metadata stands under the name of a family; its series may have one of these behind it. */
const FAMILY_SUFFIXES = ['', '_total', '_count', '_sum', '_bucket', '_info', '_created', '_gcount', '_gsum'];

export class ScopedSource implements DataSource {
  readonly #inner: DataSource;
  readonly #scope: Scope;

  constructor(inner: DataSource, scope: Scope) {
    this.#inner = inner;
    this.#scope = scope;
  }

  async select(request: SelectRequest): Promise<SeriesSet> {
    const [first, ...others] = this.#scope.map((matchers) => ({
      ...request,
      matchers: [...request.matchers, ...matchers],
    }));
    if (first === undefined || others.length === 0) return this.#inner.select(first ?? request);
    const selections = [first, ...others].map((each) => () => this.#inner.select(each));
    return UnionSeriesSet.open(selections, request.checkpoint);
  }

  labelNames(request: LabelRequest): Promise<LabelAnswer<string>> {
    return this.#inner.labelNames(this.#narrow(request));
  }

  labelValues(labelName: string, request: LabelRequest): Promise<LabelAnswer<string>> {
    return this.#inner.labelValues(labelName, this.#narrow(request));
  }

  series(request: LabelRequest): Promise<LabelAnswer<Labels>> {
    return this.#inner.series(this.#narrow(request));
  }

  exemplars(request: LabelRequest): Promise<LabelAnswer<SeriesExemplars>> {
    return this.#inner.exemplars(this.#narrow(request));
  }

  async metadata(request: MetadataRequest): Promise<ReadonlyMap<string, readonly MetricMetadata[]>> {
    const names = await this.labelValues(METRIC_NAME, { ...EVERYTHING, ...workOf(request) });
    const seen = new Set(names.values);
    const all = await this.#inner.metadata({ ...request, metricsMax: 0 });
    const answer = new Map<string, readonly MetricMetadata[]>();
    const ticker = new WorkTicker(request.checkpoint);
    for (const [metric, sayings] of all) {
      ticker.tick();
      if (request.metricsMax > 0 && answer.size === request.metricsMax) break;
      if (FAMILY_SUFFIXES.some((suffix) => seen.has(metric + suffix))) answer.set(metric, sayings);
    }
    return answer;
  }

  /** Counted over the labels of all series in the scope, up to SCOPED_SERIES_MAX of them. */
  async cardinality(request: CardinalityRequest): Promise<Cardinality> {
    const wanted = { ...EVERYTHING, countMax: SCOPED_SERIES_MAX, ...workOf(request) };
    const { values, truncated } = await this.series(wanted);
    const times = { firstTimestampMs: null, lastTimestampMs: null };
    return { ...countLabels(values, request), segmentCount: 0, ...times, isComplete: !truncated };
  }

  /** @throws PromontoryError ERR_SCOPE_FORBIDDEN: a block holds all series of its time */
  blocks(): Promise<never> {
    const message =
      'cannot list blocks: the request may see some series only, and a block holds those of all';
    return Promise.reject(new PromontoryError(message, { code: ERR_SCOPE_FORBIDDEN, kind: 'forbidden' }));
  }

  estimate(request: LabelRequest): Promise<SelectionEstimate> {
    return this.#inner.estimate(this.#narrow(request));
  }

  #narrow(request: LabelRequest): LabelRequest {
    const wanted = request.matcherSets.length === 0 ? [[]] : request.matcherSets;
    return { ...request, matcherSets: narrowedSets(wanted, this.#scope) };
  }
}

const EVERYTHING: LabelRequest = {
  matcherSets: [],
  rangeStartMsInclusive: TIME_MS_MIN,
  rangeEndMsInclusive: TIME_MS_MAX,
  countMax: 0,
};

function workOf({ checkpoint }: WorkRequest): WorkRequest {
  return checkpoint === undefined ? {} : { checkpoint };
}
