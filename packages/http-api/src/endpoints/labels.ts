import { successResponse, truncationAnnotations } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { browse, readLabelRequest, writeList } from './browse-options.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { RequestDeadline } from './request-deadline.ts';

/** Names of labels. */
export const labelsEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/labels',
  handle: async (call) => {
    const deadline = new RequestDeadline(call, 'label names request');
    const labelRequest = readLabelRequest(call.parameters);
    const { source } = call.services;
    const answer = await browse(labelRequest, deadline, (wanted) => source.labelNames(wanted));
    const write = (writer: JsonWriter): void =>
      writeList(writer, answer.values, deadline, (name) => writer.text(name));
    return successResponse(write, {
      annotations: truncationAnnotations(answer.truncated),
    });
  },
});
