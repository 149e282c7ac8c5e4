import { successResponse, truncationAnnotations } from '../json/envelope.ts';
import { readLabelName } from '../parameters/label-name.ts';
import { browse, readLabelRequest } from './browse-options.ts';
import { dataEndpoint } from './data-endpoint.ts';

/** Values of one label. */
export const labelValuesEndpoint = dataEndpoint({
  methods: ['GET'],
  path: '/api/v1/label/:name/values',
  handle: async ({ parameters, services, pathSegment }) => {
    const labelName = readLabelName(pathSegment);
    const labelRequest = readLabelRequest(parameters);
    const answer = await browse(labelRequest, (wanted) => services.source.labelValues(labelName, wanted));
    return successResponse((writer) => writer.textArray(answer.values), {
      annotations: truncationAnnotations(answer.truncated),
    });
  },
});
