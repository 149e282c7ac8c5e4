/**
 * The server's own metrics as JSON: families of Prometheus's client data model, in the JSON that protobuf defines for it
 * (64-bit counts are texts; what is not finite is named).
 */
import { Matcher, METRIC_NAME } from '@promontory/model';
import { errorMessage } from '@promontory/base';
import { jsonSuccess } from '../json/json-success.ts';
import type { JsonValue } from '../json/json-writer.ts';
import { invalidParameter } from '../parameters/parameter-error.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import type { FamilyMetric, MetricFamily, MetricFamilyType } from './metric-family.ts';
import { readServerParameters } from './server-parameters.ts';
import type { ServerEndpoint } from './server-services.ts';

const PATTERN = 'metric_name_pattern';
const MEMBER_OF_TYPE: Readonly<Record<MetricFamilyType, string>> = {
  COUNTER: 'counter',
  GAUGE: 'gauge',
  SUMMARY: 'summary',
  HISTOGRAM: 'histogram',
  UNTYPED: 'untyped',
};

export const selfMetricsEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/status/self_metrics',
  handle: async ({ request, services }) => {
    const matcher = nameMatcher(readServerParameters(request));
    const families = await services.metrics();
    const wanted = families.filter(({ name }) => matcher === null || matcher.matchesValue(name));
    return jsonSuccess(wanted.toSorted((left, right) => (left.name < right.name ? -1 : 1)).map(asPlain));
  },
};

/** The pattern has to match whole names. */
function nameMatcher(parameters: RequestParameters): Matcher | null {
  const pattern = parameters.get(PATTERN);
  try {
    return pattern === '' ? null : new Matcher('=~', METRIC_NAME, pattern, parameters.regexes);
  } catch (error) {
    throw invalidParameter(PATTERN, errorMessage(error), error);
  }
}

function asPlain({ name, help, type, metrics }: MetricFamily): JsonValue {
  return { name, help, type, metric: metrics.map((metric) => plainMetric(type, metric)) };
}

function plainMetric(type: MetricFamilyType, { labels, value }: FamilyMetric): JsonValue {
  const label = Object.entries(labels)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([labelName, labelValue]) => ({ name: labelName, value: labelValue }));
  return { ...(label.length > 0 && { label }), [MEMBER_OF_TYPE[type]]: plainContent(value) };
}

function plainContent(value: FamilyMetric['value']): JsonValue {
  switch (value.kind) {
    case 'single':
      return { value: plainDouble(value.value) };
    case 'summary':
      return {
        sampleCount: String(value.count),
        sampleSum: plainDouble(value.sum),
        quantile: value.quantiles.map((each) => ({
          quantile: each.quantile,
          value: plainDouble(each.value),
        })),
      };
    case 'histogram':
      return {
        sampleCount: String(value.count),
        sampleSum: plainDouble(value.sum),
        bucket: value.buckets.map((each) => ({
          cumulativeCount: String(each.cumulativeCount),
          upperBound: plainDouble(each.upperBound),
        })),
      };
    default:
      return value satisfies never;
  }
}

function plainDouble(value: number): JsonValue {
  return Number.isFinite(value) ? value : String(value);
}
