/** Queries that run: a list as VictoriaMetrics has it, with who asked, and a way to end one. */
import { apiError } from '../error-response.ts';
import { successResponse } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import type { ActiveQuery } from './query-ledger.ts';
import type { ServerEndpoint } from './server-services.ts';

const PATH = '/api/v1/status/active_queries';

export const activeQueriesEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: PATH,
  handle: ({ services }) =>
    successResponse((writer) =>
      writer.array(services.queries.active(), (query) => writeQuery(writer, query)),
    ),
};

/** It ends as soon as it looks, which it does at least four times a second; its client gets 499. */
export const cancelQueryEndpoint: ServerEndpoint = {
  methods: ['DELETE'],
  path: `${PATH}/:name`,
  handle: ({ services, pathSegment: id }) => {
    if (!services.queries.cancel(id)) {
      return apiError(404, 'not_found', `no query ${JSON.stringify(id)} is running: it may have ended`);
    }
    return successResponse((writer) => writer.value({ id, cancelled: true }));
  },
};

function writeQuery(writer: JsonWriter, query: ActiveQuery): void {
  writer.value({
    duration: `${(query.durationMs / 1000).toFixed(3)}s`,
    id: query.id,
    remote_addr: query.remoteAddress,
    user: query.user,
    instance: query.instance,
    path: query.path,
    query: query.query,
    start: query.startMs,
    end: query.endMs,
    step: query.stepMs,
    cancelled: query.isCancelled,
  });
}
