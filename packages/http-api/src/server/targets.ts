/** What is scraped. This server scrapes nothing: the answers are empty, and the questions are checked. */
import { errorMessage } from '@promontory/base';
import type { RegexBudget } from '@promontory/model';
import { parseSelector } from '@promontory/promql';
import { jsonSuccess } from '../json/json-success.ts';
import { parseInteger } from '../parameters/integer-parameter.ts';
import { badRequest, invalidParameter } from '../parameters/parameter-error.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import { readServerParameters } from './server-parameters.ts';
import type { ServerEndpoint } from './server-services.ts';

const STATES_WITH_DROPPED: ReadonlySet<string> = new Set(['', 'any', 'dropped']);

export const targetsEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/targets',
  handle: ({ request }) => {
    const state = readServerParameters(request).get('state').toLowerCase();
    const droppedTargetCounts = STATES_WITH_DROPPED.has(state) ? {} : null;
    return jsonSuccess({ activeTargets: [], droppedTargets: [], droppedTargetCounts });
  },
};

export const targetsMetadataEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/targets/metadata',
  handle: ({ request }) => {
    const parameters = readServerParameters(request);
    const limit = parameters.get('limit');
    if (limit !== '' && 'problem' in parseInteger(limit)) throw badRequest('limit must be a number');
    const selector = parameters.get('match_target');
    if (selector !== '') mustBeSelector(selector, parameters.regexes);
    return jsonSuccess([]);
  },
};

export const targetsRelabelStepsEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/targets/relabel_steps',
  handle: ({ request }) => {
    const parameters = readServerParameters(request);
    const pool = requiredPool(parameters);
    const labels = parameters.get('labels');
    if (labels === '') throw badRequest('no labels parameter provided');
    mustBeLabels(labels);
    throw unknownPool(pool);
  },
};

export const scrapePoolsEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/scrape_pools',
  handle: () => jsonSuccess({ scrapePools: [] }),
};

export const scrapePoolsConfigEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/scrape_pools/config',
  handle: ({ request }) => {
    throw unknownPool(requiredPool(readServerParameters(request)));
  },
};

function requiredPool(parameters: RequestParameters): string {
  const pool = parameters.get('scrapePool');
  if (pool === '') throw badRequest('no scrapePool parameter provided');
  return pool;
}

function unknownPool(pool: string): Error {
  return badRequest(`error retrieving scrape config: scrape pool ${JSON.stringify(pool)} not found`);
}

function mustBeSelector(text: string, regexes: RegexBudget): void {
  try {
    parseSelector(text, regexes);
  } catch (error) {
    throw invalidParameter('match_target', errorMessage(error), error);
  }
}

function mustBeLabels(text: string): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw badRequest(`error parsing labels: ${errorMessage(error)}`, error);
  }
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  if (!isObject || Object.values(parsed as object).some((value) => typeof value !== 'string'))
    throw badRequest('error parsing labels: want an object of texts');
}
