import { successResponse, truncationAnnotations } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { writeLabels } from '../json/query-result-json.ts';
import { browse, readSeriesRequest, writeList } from './browse-options.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { RequestDeadline } from './request-deadline.ts';

/** Label sets of the series that match. */
export const seriesEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/series',
  handle: async (call) => {
    const deadline = new RequestDeadline(call, 'series request');
    const labelRequest = readSeriesRequest(call.parameters);
    const { source } = call.services;
    const answer = await browse(labelRequest, deadline, (wanted) => source.series(wanted));
    const write = (writer: JsonWriter): void =>
      writeList(writer, answer.values, deadline, (labels) => writeLabels(writer, labels));
    return successResponse(write, {
      annotations: truncationAnnotations(answer.truncated),
    });
  },
});
