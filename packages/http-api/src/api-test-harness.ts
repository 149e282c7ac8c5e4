/** For tests of endpoints: requests from one line, a source in memory, answers as text. */
import { ManualClock } from '@promontory/base';
import { compareLabels, type Labels } from '@promontory/model';
import { type LabelAnswer, type LabelRequest, MemorySeriesSource, QueryEngine } from '@promontory/promql';
import type { ApiOptions } from './api.ts';
import type { ApiRequest } from './api-request.ts';
import type { ApiResponse } from './api-response.ts';
import { createDataApi } from './data-api.ts';
import type {
  Cardinality,
  CardinalityRequest,
  DataBlock,
  DataSource,
  MetadataRequest,
  MetricMetadata,
  SelectionEstimate,
  SeriesExemplars,
} from './data-source.ts';
import type { DataServices } from './endpoints/endpoint.ts';
import { countLabels } from './source/scoped-cardinality.ts';
import { DEFAULT_READ_LIMITS } from './read/read-limits.ts';

export const NOW_MS = 1_700_000_000_250;
const encoder = new TextEncoder();

/** As the server has them. */
export const LIMITS = {
  queryDurationMsMax: 120_000,
  querySamplesMax: 1000,
  queryMemoryBytesMax: 1e9,
  lookbackDeltaMs: 300_000,
  ...DEFAULT_READ_LIMITS,
};

/** Series, exemplars and metadata in lists. */
export class MemoryDataSource extends MemorySeriesSource implements DataSource {
  readonly exemplarsOfSeries: SeriesExemplars[] = [];
  readonly sayings = new Map<string, readonly MetricMetadata[]>();
  readonly listedBlocks: DataBlock[] = [];

  async exemplars(request: LabelRequest): Promise<LabelAnswer<SeriesExemplars>> {
    const { matcherSets, rangeStartMsInclusive, rangeEndMsInclusive } = request;
    const accepts = (labels: Labels): boolean =>
      matcherSets.length === 0 ||
      matcherSets.some((matchers) => matchers.every((matcher) => matcher.matches(labels)));
    request.checkpoint?.();
    const values = this.exemplarsOfSeries
      .filter(({ labels }) => accepts(labels))
      .map(({ labels, exemplars }) => ({
        labels,
        exemplars: exemplars.filter(
          ({ timestampMs }) => timestampMs >= rangeStartMsInclusive && timestampMs <= rangeEndMsInclusive,
        ),
      }))
      .filter(({ exemplars }) => exemplars.length > 0);
    return {
      values: values.sort((left, right) => compareLabels(left.labels, right.labels)),
      truncated: false,
    };
  }

  async metadata(request: MetadataRequest): Promise<ReadonlyMap<string, readonly MetricMetadata[]>> {
    const { metricName, metricsMax, sayingsPerMetricMax } = request;
    request.checkpoint?.();
    const wanted = [...this.sayings].filter(([name]) => metricName === undefined || name === metricName);
    const kept = metricsMax === 0 ? wanted : wanted.slice(0, metricsMax);
    return new Map(
      kept.map(([name, sayings]) => [name, sayings.slice(0, sayingsPerMetricMax || sayings.length)]),
    );
  }

  async cardinality(request: CardinalityRequest): Promise<Cardinality> {
    request.checkpoint?.();
    const { values } = await this.series(EVERYTHING);
    return {
      ...countLabels(values, request),
      segmentCount: 3,
      firstTimestampMs: 1000,
      lastTimestampMs: 2000,
      isComplete: true,
    };
  }

  async blocks(): Promise<readonly DataBlock[]> {
    return this.listedBlocks;
  }

  async estimate(request: LabelRequest): Promise<SelectionEstimate> {
    const { values } = await this.series(request);
    return { seriesCount: values.length, samplesEstimated: 10 * values.length, histogramsEstimated: 0 };
  }
}

const EVERYTHING: LabelRequest = {
  matcherSets: [],
  rangeStartMsInclusive: Number.NEGATIVE_INFINITY,
  rangeEndMsInclusive: Number.POSITIVE_INFINITY,
  countMax: 0,
};

/** @param line `GET /path?query`, the query as it is on the wire */
export function toRequest(line: string, headers: Record<string, string> = {}, text = ''): ApiRequest {
  const spaceAt = line.indexOf(' ');
  const questionAt = line.includes('?') ? line.indexOf('?') : line.length;
  return {
    method: line.slice(0, spaceAt),
    path: line.slice(spaceAt + 1, questionAt),
    queryString: line.slice(questionAt + 1),
    headers: new Map(Object.entries(headers)),
    body: encoder.encode(text),
  };
}

export interface Answer {
  readonly response: ApiResponse;
  readonly status: number;
  readonly text: string;
}

/** Asks an API with a real engine. */
export async function askSource(
  source: DataSource,
  request: ApiRequest | string,
  services: Partial<DataServices> = {},
  options: ApiOptions = {},
  isCancelled = (): boolean => false,
): Promise<Answer> {
  const clock = new ManualClock(NOW_MS);
  const engine = new QueryEngine({ parseCacheEntriesMax: 0, clock });
  const api = createDataApi({ engine, source, clock, limits: LIMITS, ...services }, options);
  const asked = typeof request === 'string' ? toRequest(request) : request;
  const response = await api.handle(asked, { isCancelled });
  return { response, status: response.status, text: new TextDecoder().decode(response.body) };
}

export const success = (data: string, rest = ''): string => `{"status":"success","data":${data}${rest}}`;
export const failure = (type: string, text: string): string =>
  `{"status":"error","errorType":"${type}","error":${JSON.stringify(text)}}`;
export const bad = (text: string): string => failure('bad_data', text);
