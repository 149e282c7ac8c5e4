/** Remote read, at the path of Prometheus and at the older one that hosted services have. */
import type { ApiResponse } from '../api-response.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import { chunkedAnswer, frameBytesMaxFor } from '../read/chunked-answer.ts';
import { negotiateResponseType, readReadRequest } from '../read/read-body.ts';
import { REMOTE_READ_PATHS } from '../read/read-paths.ts';
import { selectQueries } from '../read/read-selections.ts';
import { sampledAnswer } from '../read/sampled-answer.ts';
import { scopedServices } from './data-endpoint.ts';
import type { DataCall, DataEndpoint } from './endpoint.ts';
import { RequestDeadline } from './request-deadline.ts';

async function handle(call: DataCall): Promise<ApiResponse> {
  const { request, services } = call;
  const deadline = new RequestDeadline(call, 'remote read');
  const { clock, limits, source } = scopedServices(services, RequestParameters.readQueryString(request));
  const { queries, acceptedResponseTypes } = readReadRequest(request, limits);
  const responseType = negotiateResponseType(acceptedResponseTypes);
  const selections = await selectQueries(source, queries, limits, clock.nowMs(), deadline.check);
  return responseType === 'samples'
    ? sampledAnswer(selections, limits, deadline, call.tellCost)
    : chunkedAnswer(selections, frameBytesMaxFor(request.headers, limits), deadline);
}

export const remoteReadEndpoints: readonly DataEndpoint[] = Array.from(REMOTE_READ_PATHS, (path) => ({
  methods: ['POST'],
  path,
  errorFormat: 'text',
  handle,
}));
