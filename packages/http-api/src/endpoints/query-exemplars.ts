import type { Matcher } from '@promontory/model';
import { childExpressions, type Expression } from '@promontory/promql';
import type { Exemplar, SeriesExemplars } from '../data-source.ts';
import { successResponse } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { writeLabels } from '../json/query-result-json.ts';
import { badRequest } from '../parameters/parameter-error.ts';
import { optionalTimeMs, TIME_MS_MAX, TIME_MS_MIN } from '../parameters/time-parameter.ts';
import { writeList } from './browse-options.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { RequestDeadline } from './request-deadline.ts';

/**
 * Exemplars of the series that the selectors of a query select; its times are not looked at. Grafana probes this with
 * milliseconds in the place of seconds and takes any error for "no exemplars here".
 */
export const queryExemplarsEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/query_exemplars',
  handle: async (call) => {
    const { parameters, services } = call;
    const deadline = new RequestDeadline(call, 'query for exemplars');
    const rangeStartMsInclusive = optionalTimeMs(parameters, 'start', TIME_MS_MIN);
    const rangeEndMsInclusive = optionalTimeMs(parameters, 'end', TIME_MS_MAX);
    if (rangeEndMsInclusive < rangeStartMsInclusive) {
      throw badRequest('end timestamp must not be before start timestamp');
    }
    const matcherSets = selectorsOf(services.engine.parse(parameters.get('query')));
    const bounds = { rangeStartMsInclusive, rangeEndMsInclusive, countMax: 0 };
    const request = { ...bounds, matcherSets, checkpoint: deadline.check };
    // Without a matcher set the source would give the exemplars of all series.
    const found = matcherSets.length === 0 ? [] : (await services.source.exemplars(request)).values;
    return successResponse((writer) =>
      writeList(writer, found, deadline, (series) => writeSeries(writer, series)),
    );
  },
});

/** The matchers of every selector in the expression that has any. */
function selectorsOf(expression: Expression): (readonly Matcher[])[] {
  const found: (readonly Matcher[])[] = [];
  const open: Expression[] = [expression];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === 'vector-selector' && next.matchers.length > 0) found.push(next.matchers);
    open.push(...childExpressions(next));
  }
  return found;
}

function writeSeries(writer: JsonWriter, { labels, exemplars }: SeriesExemplars): void {
  writer.raw('{"seriesLabels":');
  writeLabels(writer, labels);
  writer.raw(',"exemplars":');
  writer.array(exemplars, (exemplar) => writeExemplar(writer, exemplar));
  writer.raw('}');
}

function writeExemplar(writer: JsonWriter, { labels, value, timestampMs }: Exemplar): void {
  writer.raw('{"labels":');
  writeLabels(writer, labels);
  writer.raw(',"value":');
  writer.number(value);
  writer.raw(',"timestamp":');
  writer.timestamp(timestampMs);
  writer.raw('}');
}
