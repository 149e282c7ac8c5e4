import type { Labels } from '@promontory/model';
import { successResponse, truncationAnnotations } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { writeLabels } from '../json/query-result-json.ts';
import { browse, readSeriesRequest } from './browse-options.ts';
import { dataEndpoint } from './data-endpoint.ts';

/** Label sets of the series that match. */
export const seriesEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/series',
  handle: async ({ parameters, services }) => {
    const labelRequest = readSeriesRequest(parameters);
    const answer = await browse(labelRequest, (wanted) => services.source.series(wanted));
    return successResponse((writer) => writeSeries(writer, answer.values), {
      annotations: truncationAnnotations(answer.truncated),
    });
  },
});

function writeSeries(writer: JsonWriter, series: readonly Labels[]): void {
  writer.array(series, (labels) => writeLabels(writer, labels));
}
