import type { Cardinality, Counted } from '../data-source.ts';
import { successResponse } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { parseInteger } from '../parameters/integer-parameter.ts';
import { badRequest } from '../parameters/parameter-error.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { RequestDeadline } from './request-deadline.ts';

const LIMIT_DEFAULT = 10;
/** The longest list that a source gives. */
const LIMIT_MAX = 10_000;
/** What Prometheus says of a head without samples: the ends of Go's integers, the wrong way round. */
const NO_FIRST_TIME = '9223372036854775807';
const NO_LAST_TIME = '-9223372036854775808';
const INCOMPLETE = 'not everything was counted: there is too much of it, or a part is damaged';

/** Where the series come from. */
export const statusTsdbEndpoint = dataEndpoint({
  methods: ['GET'],
  path: '/api/v1/status/tsdb',
  handle: async (call) => {
    const { check } = new RequestDeadline(call, 'counting series');
    const topMax = readTopMax(call.parameters);
    const cardinality = await call.services.source.cardinality({ topMax, checkpoint: check });
    return successResponse((writer) => writeCardinality(writer, cardinality), {
      annotations: { warnings: cardinality.isComplete ? [] : [INCOMPLETE], infos: [] },
    });
  },
});

function readTopMax(parameters: RequestParameters): number {
  const text = parameters.get('limit');
  if (text === '') return LIMIT_DEFAULT;
  const parsed = parseInteger(text);
  if ('problem' in parsed || parsed.value < 1) throw badRequest('limit must be a positive number');
  if (parsed.value > LIMIT_MAX) throw badRequest(`limit must not exceed ${LIMIT_MAX}`);
  return parsed.value;
}

function writeCardinality(writer: JsonWriter, cardinality: Cardinality): void {
  const { seriesCount, labelPairCount, segmentCount, firstTimestampMs, lastTimestampMs } = cardinality;
  writer.raw(
    `{"headStats":{"numSeries":${seriesCount},"numLabelPairs":${labelPairCount},"chunkCount":${segmentCount},` +
      `"minTime":${firstTimestampMs ?? NO_FIRST_TIME},"maxTime":${lastTimestampMs ?? NO_LAST_TIME}}`,
  );
  writeCounted(writer, 'seriesCountByMetricName', cardinality.seriesByMetric);
  writeCounted(writer, 'labelValueCountByLabelName', cardinality.valuesByLabelName);
  writeCounted(writer, 'memoryInBytesByLabelName', cardinality.valueBytesByLabelName);
  writeCounted(writer, 'seriesCountByLabelValuePair', cardinality.seriesByLabelPair);
  writer.raw('}');
}

function writeCounted(writer: JsonWriter, member: string, list: readonly Counted[]): void {
  writer.raw(`,"${member}":`);
  writer.array(list, ({ name, count }) => writer.object({ name, value: count }));
}
