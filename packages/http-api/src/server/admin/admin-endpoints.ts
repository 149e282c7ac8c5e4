/** Deleting series, giving their space back, and snapshots. */
import { PromontoryError } from '@promontory/base';
import type { ApiResponse } from '../../api-response.ts';
import { emptyResponse } from '../../api-response.ts';
import { ERR_ADMIN_API_OFF } from '../../error-codes.ts';
import { jsonSuccess } from '../../json/json-success.ts';
import { parseBoolean } from '../../parameters/boolean-parameter.ts';
import { readNamedMatcherSets } from '../../parameters/matcher-parameter.ts';
import { badRequest, invalidParameter } from '../../parameters/parameter-error.ts';
import { RequestParameters } from '../../parameters/request-parameters.ts';
import { readScope } from '../../parameters/scope-parameters.ts';
import { optionalTimeMs } from '../../parameters/time-parameter.ts';
import { readServerParameters } from '../server-parameters.ts';
import { narrowedSets } from '../../source/scoped-source.ts';
import type { ServerCall, ServerEndpoint } from '../server-services.ts';
import type { DeletionCounts, StorageAdmin } from './storage-admin.ts';

const METHODS = ['POST', 'PUT'] as const;

/** 204, or the counts when they are asked for: by `dry_run`, which deletes nothing, or by `counts`. */
export const deleteSeriesEndpoint: ServerEndpoint = {
  methods: METHODS,
  path: '/api/v1/admin/tsdb/delete_series',
  handle: async (call) => {
    const admin = mustBeOn(call);
    const parameters = readServerParameters(call.request);
    if (parameters.getAll('match[]').length === 0) throw badRequest('no match[] parameter provided');
    const rangeStartMsInclusive = optionalTimeMs(parameters, 'start', Number.NEGATIVE_INFINITY);
    const rangeEndMsInclusive = optionalTimeMs(parameters, 'end', Number.POSITIVE_INFINITY);
    if (rangeEndMsInclusive < rangeStartMsInclusive)
      throw invalidParameter('end', 'end timestamp must not be before start timestamp');
    const scope = readScope(parameters);
    const matcherSets = narrowedSets(readNamedMatcherSets(parameters), scope);
    const dryRun = readSwitch(parameters, 'dry_run');
    const withCounts = readSwitch(parameters, 'counts');
    const request = { matcherSets, rangeStartMsInclusive, rangeEndMsInclusive, dryRun };
    const counts = await admin.deleteSamples(request);
    return dryRun || withCounts ? countsResponse(counts) : emptyResponse(204);
  },
};

export const cleanTombstonesEndpoint: ServerEndpoint = {
  methods: METHODS,
  path: '/api/v1/admin/tsdb/clean_tombstones',
  handle: async (call) => {
    await mustBeOn(call).cleanTombstones();
    return emptyResponse(204);
  },
};

/** A snapshot always has the newest samples too: `skip_head` is looked at and changes nothing. */
export const snapshotEndpoint: ServerEndpoint = {
  methods: METHODS,
  path: '/api/v1/admin/tsdb/snapshot',
  handle: async (call) => {
    const admin = mustBeOn(call);
    readSwitch(RequestParameters.read(call.request), 'skip_head');
    return jsonSuccess({ name: await admin.snapshot() });
  },
};

/** @throws PromontoryError ERR_ADMIN_API_OFF (forbidden) */
function mustBeOn({ services }: ServerCall): StorageAdmin {
  if (services.admin !== null) return services.admin;
  throw new PromontoryError('admin APIs disabled: start the server with --admin-api on', {
    code: ERR_ADMIN_API_OFF,
    kind: 'forbidden',
  });
}

function readSwitch(parameters: RequestParameters, name: string): boolean {
  const parsed = parseBoolean(parameters.get(name));
  if ('value' in parsed) return parsed.value;
  throw invalidParameter(name, `unable to parse boolean: ${parsed.problem}`);
}

function countsResponse(counts: DeletionCounts): ApiResponse {
  return jsonSuccess({
    series: counts.seriesCount,
    floats: counts.floatCount,
    histograms: counts.histogramCount,
    exemplars: counts.exemplarCount,
  });
}
