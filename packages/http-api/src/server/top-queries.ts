/** Which queries are asked most, and which take longest: lists as VictoriaMetrics has them, with who asked. */
import { successResponse } from '../json/envelope.ts';
import type { JsonObject } from '../json/json-writer.ts';
import { parseDuration } from '../parameters/duration-parameter.ts';
import { invalidParameter } from '../parameters/parameter-error.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import type { QueryTotals } from './query-ledger.ts';
import type { ServerEndpoint } from './server-services.ts';

const TOP_DEFAULT = 20;
const TOP_MAX = 1000;
const LIFETIME_DEFAULT = '10m';

export const topQueriesEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/status/top_queries',
  handle: ({ request, services }) => {
    const parameters = RequestParameters.read(request);
    const topMax = readTopMax(parameters.get('topN'));
    const lifetime = parameters.get('maxLifetime') || LIFETIME_DEFAULT;
    const totals = services.queries.totals(readLifetimeMs(lifetime));
    const top = (
      rank: (each: QueryTotals) => number,
      more: (each: QueryTotals) => JsonObject,
    ): JsonObject[] =>
      totals
        .toSorted((left, right) => rank(right) - rank(left) || (left.query < right.query ? -1 : 1))
        .slice(0, topMax)
        .map((each) => ({ ...named(each), ...more(each), count: each.count, users: each.users }));
    return successResponse((writer) =>
      writer.value({
        topN: topMax,
        maxLifetime: lifetime,
        topByCount: top(
          ({ count }) => count,
          () => ({}),
        ),
        topByAvgDuration: top(averageDurationMs, (each) => ({
          avgDurationSeconds: averageDurationMs(each) / 1000,
        })),
        topBySumDuration: top(
          ({ durationMsSum }) => durationMsSum,
          ({ durationMsSum }) => ({ sumDurationSeconds: durationMsSum / 1000 }),
        ),
        topByAvgMemoryUsage: top(averageMemoryBytes, (each) => ({
          avgMemoryBytes: Math.round(averageMemoryBytes(each)),
        })),
      }),
    );
  },
};

function named({ query, rangeSeconds }: QueryTotals): JsonObject {
  return { query, timeRangeSeconds: rangeSeconds };
}

function averageDurationMs({ durationMsSum, count }: QueryTotals): number {
  return durationMsSum / count;
}

function averageMemoryBytes({ memoryBytesSum, count }: QueryTotals): number {
  return memoryBytesSum / count;
}

function readTopMax(text: string): number {
  if (text === '') return TOP_DEFAULT;
  const topMax = Number(text);
  if (/^\d+$/.test(text) && topMax >= 1 && topMax <= TOP_MAX) return topMax;
  throw invalidParameter('topN', `want a whole number from 1 to ${TOP_MAX}; got ${JSON.stringify(text)}`);
}

function readLifetimeMs(text: string): number {
  const parsed = parseDuration(text);
  if ('problem' in parsed) throw invalidParameter('maxLifetime', parsed.problem);
  return parsed.durationMs;
}
