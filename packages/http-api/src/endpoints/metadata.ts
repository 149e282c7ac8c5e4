import { WorkTicker } from '@promontory/base';
import type { MetricMetadata } from '../data-source.ts';
import { successResponse } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { parseInteger } from '../parameters/integer-parameter.ts';
import { badRequest } from '../parameters/parameter-error.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { RequestDeadline } from './request-deadline.ts';

/** Type, unit and help of metrics, as their writers say. */
export const metadataEndpoint = dataEndpoint({
  methods: ['GET'],
  path: '/api/v1/metadata',
  handle: async (call) => {
    const { parameters, services } = call;
    const deadline = new RequestDeadline(call, 'metadata request');
    const metricsMax = readCount(parameters, 'limit');
    const sayingsPerMetricMax = Math.max(0, readCount(parameters, 'limit_per_metric') ?? 0);
    const metricName = parameters.get('metric');
    const isNothingWanted = metricsMax === 0;
    const metadata = isNothingWanted
      ? new Map<string, readonly MetricMetadata[]>()
      : await services.source.metadata({
          metricsMax: Math.max(0, metricsMax ?? 0),
          sayingsPerMetricMax,
          checkpoint: deadline.check,
          ...(metricName !== '' && { metricName }),
        });
    return successResponse((writer) => writeMetadata(writer, metadata, deadline));
  },
});

/** @returns null when it is not given; negative means no limit, as in Prometheus */
function readCount(parameters: RequestParameters, name: string): number | null {
  const text = parameters.get(name);
  if (text === '') return null;
  const parsed = parseInteger(text);
  if ('value' in parsed) return parsed.value;
  throw badRequest(`${name} must be a number`);
}

function writeMetadata(
  writer: JsonWriter,
  metadata: ReadonlyMap<string, readonly MetricMetadata[]>,
  deadline: RequestDeadline,
): void {
  const ticker = new WorkTicker(deadline.check);
  writer.raw('{');
  let isFirst = true;
  for (const [metric, sayings] of metadata) {
    ticker.tick();
    if (!isFirst) writer.raw(',');
    isFirst = false;
    writer.text(metric);
    writer.raw(':');
    writer.array(sayings, ({ type, unit, help }) => writer.object({ type, unit, help }));
  }
  writer.raw('}');
}
