import { METRIC_NAME } from '@promontory/model';
import type { LabelAnswer, LabelRequest } from '@promontory/promql';
import type { ApiResponse } from '../api-response.ts';
import type { MetricMetadata } from '../data-source.ts';
import { type JsonObject, JsonWriter } from '../json/json-writer.ts';
import { badRequest } from '../parameters/parameter-error.ts';
import { readBoolean, readSearchParameters, type SearchParameters } from '../search/search-parameters.ts';
import { type SearchAnswer, type SearchResult, searchTexts } from '../search/search-results.ts';
import { dataEndpoint, type ParameterCall } from './data-endpoint.ts';
import { RequestDeadline } from './request-deadline.ts';

type Ask = (request: LabelRequest) => Promise<LabelAnswer<string>>;

/** Names of metrics, and what writers say about them. */
export const searchMetricNamesEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/search/metric_names',
  handle: async (call) => {
    const { source } = call.services;
    const deadline = new RequestDeadline(call, 'search');
    const parameters = readParameters(call, 'metric_names');
    const includesMetadata = readBoolean(call.parameters, 'include_metadata', false);
    const answer = await search(deadline, parameters, (request) => source.labelValues(METRIC_NAME, request));
    const metadata = includesMetadata
      ? await source.metadata({ metricsMax: 0, sayingsPerMetricMax: 1, checkpoint: deadline.check })
      : new Map<string, readonly MetricMetadata[]>();
    return answerLines(parameters, answer, ({ name }) => saidOf(metadata.get(name)?.[0]));
  },
});

/** Names of labels. */
export const searchLabelNamesEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/search/label_names',
  handle: async (call) => {
    const parameters = readParameters(call, 'label_names');
    const deadline = new RequestDeadline(call, 'search');
    const answer = await search(deadline, parameters, (request) => call.services.source.labelNames(request));
    return answerLines(parameters, answer, nothing);
  },
});

/** Values of one label. */
export const searchLabelValuesEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/search/label_values',
  handle: async (call) => {
    const parameters = readParameters(call, 'label_values');
    const label = call.parameters.get('label');
    if (label === '') throw badRequest('missing required parameter "label"');
    const { source } = call.services;
    const deadline = new RequestDeadline(call, 'search');
    const answer = await search(deadline, parameters, (request) => source.labelValues(label, request));
    return answerLines(parameters, answer, nothing);
  },
});

function readParameters({ parameters, services }: ParameterCall, noun: string): SearchParameters {
  return readSearchParameters(parameters, services.clock.nowMs(), noun);
}

function search(deadline: RequestDeadline, parameters: SearchParameters, ask: Ask): Promise<SearchAnswer> {
  return searchTexts(deadline, parameters, (countMax, checkpoint) =>
    ask({ ...parameters.request, countMax, checkpoint }),
  );
}

/** Empty members are left out. */
function saidOf(metadata: MetricMetadata | undefined): JsonObject {
  const { type = '', help = '', unit = '' } = metadata ?? {};
  return { type: type || undefined, help: help || undefined, unit: unit || undefined };
}

function nothing(): JsonObject {
  return {};
}

/** One line of JSON for each batch, one at least, and a last one that says whether there would be more. */
function answerLines(
  { batchSize, includesScore }: SearchParameters,
  { results, hasMore }: SearchAnswer,
  detailsOf: (result: SearchResult) => JsonObject,
): ApiResponse {
  const writer = new JsonWriter(64 * (results.length + 2));
  for (let from = 0; from === 0 || from < results.length; from += batchSize) {
    writer.raw('{"results":');
    writer.array(results.slice(from, from + batchSize), (result) => {
      const { name, score } = result;
      writer.object({ name, score: includesScore ? score : undefined, ...detailsOf(result) });
    });
    writer.raw('}\n');
  }
  writer.raw(`{"status":"success","has_more":${hasMore}}\n`);
  const headers = [['Content-Type', 'application/x-ndjson; charset=utf-8']] as const;
  return { status: 200, headers, body: writer.finish() };
}
