import { type OutlinedSelector, describeMatchers } from '@promontory/promql';
import type { SelectionEstimate } from '../data-source.ts';
import { successResponse } from '../json/envelope.ts';
import type { JsonObject } from '../json/json-writer.ts';
import { optionalTimeMs } from '../parameters/time-parameter.ts';
import { estimateCost, type CostEstimate, queryableOf } from './cost-estimate.ts';
import { dataEndpoint, type ParameterCall } from './data-endpoint.ts';
import { type QueryOptions, readQueryOptions } from './query-options.ts';
import { namedQueryError } from './query-parameter.ts';
import { readRange } from './query-range.ts';
import { RequestDeadline } from './request-deadline.ts';

/** About what a query would cost, from the index, counts and directories: nothing is evaluated and no sample is read. */
export const queryCostEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/query_cost',
  handle: async (call) => {
    const options = readQueryOptions(call);
    const cost = await costOf(call, options);
    return successResponse((writer) => writer.object(jsonOf(cost, options)));
  },
});

async function costOf(call: ParameterCall, options: QueryOptions): Promise<CostEstimate> {
  const { parameters, services } = call;
  const { engine, source, clock } = services;
  const isRange = ['start', 'end', 'step'].some((name) => parameters.get(name) !== '');
  const times = isRange
    ? readRange(parameters)
    : { timeMs: optionalTimeMs(parameters, 'time', clock.nowMs()) };
  try {
    const outline = engine.outline({ ...options, ...times });
    const deadline = new RequestDeadline(call, 'estimate');
    const estimates: SelectionEstimate[] = [];
    for (const { matchers, rangeStartMsInclusive, rangeEndMsInclusive } of outline.selectors) {
      deadline.check();
      const bounds = { rangeStartMsInclusive, rangeEndMsInclusive, countMax: 0 };
      const checkpoint = deadline.check;
      estimates.push(await source.estimate({ ...bounds, matcherSets: [matchers], checkpoint }));
    }
    return estimateCost(outline, estimates);
  } catch (error) {
    throw namedQueryError(error);
  }
}

function jsonOf(cost: CostEstimate, { limits }: QueryOptions): JsonObject {
  const { series, samples, samplesQueryable, points, samplesHeld, bytesHeld, steps } = cost;
  return {
    steps,
    selectors: cost.selectors.map(({ selector, estimate }) => selectorJson(selector, estimate)),
    totals: { series, samples, samplesQueryable, points, samplesHeld, bytesHeld },
    limits: [
      limitJson('steps', steps - 1, limits.stepsMax),
      limitJson('samplesHeld', samplesHeld, limits.samplesMax),
      limitJson('bytesHeld', bytesHeld, limits.memoryBytesMax),
    ],
  };
}

function selectorJson(selector: OutlinedSelector, estimate: SelectionEstimate): JsonObject {
  const { matchers, rangeStartMsInclusive, rangeEndMsInclusive, rangeMs, stepCount } = selector;
  return {
    selector: describeMatchers(matchers),
    matchers: matchers.map(({ name, operator, value }) => ({ name, type: operator, value })),
    start: rangeStartMsInclusive / 1000,
    end: rangeEndMsInclusive / 1000,
    range: rangeMs === null ? undefined : rangeMs / 1000,
    steps: stepCount,
    series: estimate.seriesCount,
    samples: estimate.samplesEstimated,
    histograms: estimate.histogramsEstimated,
    samplesQueryable: queryableOf(selector, estimate),
  };
}

function limitJson(name: string, estimate: number, limit: number): JsonObject {
  return { name, estimate, limit, exceeded: estimate > limit };
}
