import { successResponse, truncationAnnotations } from '../json/envelope.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import { browse, readLabelRequest } from './browse-options.ts';
import type { DataEndpoint } from './endpoint.ts';

/** Names of labels. */
export const labelsEndpoint: DataEndpoint = {
  methods: ['GET', 'POST'],
  path: '/api/v1/labels',
  handle: async ({ request, services }) => {
    const labelRequest = readLabelRequest(RequestParameters.read(request));
    const answer = await browse(labelRequest, (wanted) => services.source.labelNames(wanted));
    return successResponse(
      (writer) => writer.textArray(answer.values),
      truncationAnnotations(answer.truncated),
    );
  },
};
