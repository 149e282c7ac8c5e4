import { successResponse, truncationAnnotations } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { readLabelName } from '../parameters/label-name.ts';
import { browse, readLabelRequest, writeList } from './browse-options.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { RequestDeadline } from './request-deadline.ts';

/** Values of one label. */
export const labelValuesEndpoint = dataEndpoint({
  methods: ['GET'],
  path: '/api/v1/label/:name/values',
  handle: async (call) => {
    const deadline = new RequestDeadline(call, 'label values request');
    const labelName = readLabelName(call.pathSegment);
    const labelRequest = readLabelRequest(call.parameters);
    const { source } = call.services;
    const answer = await browse(labelRequest, deadline, (wanted) => source.labelValues(labelName, wanted));
    const write = (writer: JsonWriter): void =>
      writeList(writer, answer.values, deadline, (value) => writer.text(value));
    return successResponse(write, {
      annotations: truncationAnnotations(answer.truncated),
    });
  },
});
