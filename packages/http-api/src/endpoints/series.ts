import type { Labels } from '@promontory/model';
import { successResponse, truncationAnnotations } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { writeLabels } from '../json/query-result-json.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import { browse, readSeriesRequest } from './browse-options.ts';
import type { DataEndpoint } from './endpoint.ts';

/** Label sets of the series that match. */
export const seriesEndpoint: DataEndpoint = {
  methods: ['GET', 'POST'],
  path: '/api/v1/series',
  handle: async ({ request, services }) => {
    const labelRequest = readSeriesRequest(RequestParameters.read(request));
    const answer = await browse(labelRequest, (wanted) => services.source.series(wanted));
    return successResponse(
      (writer) => writeSeries(writer, answer.values),
      truncationAnnotations(answer.truncated),
    );
  },
};

function writeSeries(writer: JsonWriter, series: readonly Labels[]): void {
  writer.raw('[');
  series.forEach((labels, index) => {
    if (index > 0) writer.raw(',');
    writeLabels(writer, labels);
  });
  writer.raw(']');
}
