import { WorkTicker } from '@promontory/base';
import { Labels, Matcher, METRIC_NAME, type RegexBudget } from '@promontory/model';
import { parseSelector } from '@promontory/promql';
import type { ApiResponse } from '../api-response.ts';
import { type ExpositionFormat, negotiateFormat } from '../federate/exposition-format.ts';
import { groupFamilies, type MetricFamily } from '../federate/metric-families.ts';
import { readNewestSamples } from '../federate/newest-samples.ts';
import { exposeProtobuf } from '../federate/protobuf-exposition.ts';
import { exposeText } from '../federate/text-exposition.ts';
import { readSelectorTexts } from '../parameters/matcher-parameter.ts';
import { dataEndpoint, type ParameterCall } from './data-endpoint.ts';
import { RequestDeadline } from './request-deadline.ts';

/** The newest samples of the series that match, for another server to scrape. Errors are plain text, as there. */
export const federateEndpoint = dataEndpoint({
  methods: ['GET'],
  path: '/federate',
  errorFormat: 'text',
  handle: federate,
});

async function federate(call: ParameterCall): Promise<ApiResponse> {
  const { parameters, services, request } = call;
  const matcherSets = readSelectorTexts(parameters).map((text) => readSelector(text, parameters.regexes));
  const format = negotiateFormat(request.headers.get('accept'));
  const deadline = new RequestDeadline(call, 'federation');
  const samples = await readNewestSamples(call, matcherSets, deadline);
  const metadata =
    samples.length === 0
      ? new Map()
      : await services.source.metadata({ metricsMax: 0, sayingsPerMetricMax: 1, checkpoint: deadline.check });
  const ticker = new WorkTicker(deadline.check);
  const families = groupFamilies(samples, metadata, services.externalLabels ?? Labels.empty, ticker);
  return {
    status: 200,
    headers: [['Content-Type', format.contentType]],
    body: expose(families, format, ticker),
  };
}

/** One that names nothing selects every series, as in Prometheus. */
function readSelector(text: string, regexes: RegexBudget): readonly Matcher[] {
  const matchers = parseSelector(text, regexes);
  return matchers.length > 0 ? matchers : [new Matcher('!=', METRIC_NAME, '')];
}

function expose(families: readonly MetricFamily[], format: ExpositionFormat, ticker: WorkTicker): Uint8Array {
  if (format.kind === 'protobuf') return exposeProtobuf(families, format, ticker);
  return Buffer.from([...exposeText(families, format, ticker)].join(''));
}
