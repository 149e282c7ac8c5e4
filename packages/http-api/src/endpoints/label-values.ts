import { successResponse, truncationAnnotations } from '../json/envelope.ts';
import { readLabelName } from '../parameters/label-name.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import { browse, readLabelRequest } from './browse-options.ts';
import type { DataEndpoint } from './endpoint.ts';

/** Values of one label. */
export const labelValuesEndpoint: DataEndpoint = {
  methods: ['GET'],
  path: '/api/v1/label/:name/values',
  handle: async ({ request, services, pathSegment }) => {
    const labelName = readLabelName(pathSegment);
    const labelRequest = readLabelRequest(RequestParameters.read(request));
    const answer = await browse(labelRequest, (wanted) => services.source.labelValues(labelName, wanted));
    return successResponse(
      (writer) => writer.textArray(answer.values),
      truncationAnnotations(answer.truncated),
    );
  },
};
