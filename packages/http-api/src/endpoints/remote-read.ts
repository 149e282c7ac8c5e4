/** Remote read, at the path of Prometheus and at the older one that hosted services have. */
import type { ApiResponse } from '../api-response.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import { chunkedAnswer, frameBytesMaxFor } from '../read/chunked-answer.ts';
import { negotiateResponseType, readReadRequest } from '../read/read-body.ts';
import { REMOTE_READ_PATHS } from '../read/read-paths.ts';
import { ReadRun } from '../read/read-run.ts';
import { selectQueries } from '../read/read-selections.ts';
import { sampledAnswer } from '../read/sampled-answer.ts';
import { scopedServices } from './data-endpoint.ts';
import type { DataCall, DataEndpoint } from './endpoint.ts';

async function handle({ request, services, isCancelled }: DataCall): Promise<ApiResponse> {
  const { clock, limits, source } = scopedServices(services, RequestParameters.readQueryString(request));
  const run = new ReadRun({ isCancelled, clock, durationMsMax: limits.queryDurationMsMax });
  const { queries, acceptedResponseTypes } = readReadRequest(request, limits);
  const responseType = negotiateResponseType(acceptedResponseTypes);
  const selections = await selectQueries(source, queries, limits, clock.nowMs(), run.checkpoint);
  return responseType === 'samples'
    ? sampledAnswer(selections, limits, run)
    : chunkedAnswer(selections, frameBytesMaxFor(request.headers, limits), run);
}

export const remoteReadEndpoints: readonly DataEndpoint[] = Array.from(REMOTE_READ_PATHS, (path) => ({
  methods: ['POST'],
  path,
  errorFormat: 'text',
  handle,
}));
