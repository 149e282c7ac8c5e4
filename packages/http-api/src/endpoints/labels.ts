import { successResponse, truncationAnnotations } from '../json/envelope.ts';
import { browse, readLabelRequest } from './browse-options.ts';
import { dataEndpoint } from './data-endpoint.ts';

/** Names of labels. */
export const labelsEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/labels',
  handle: async ({ parameters, services }) => {
    const labelRequest = readLabelRequest(parameters);
    const answer = await browse(labelRequest, (wanted) => services.source.labelNames(wanted));
    return successResponse((writer) => writer.textArray(answer.values), {
      annotations: truncationAnnotations(answer.truncated),
    });
  },
});
