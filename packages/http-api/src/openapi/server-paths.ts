/** The paths that answer from what the process itself knows, and those that change it. */
import { type DocumentedPath, SCOPE_PARAMETERS } from './operation.ts';

const POST_PUT = ['POST', 'PUT'] as const;

function status(name: string, summary: string, parameters: readonly string[] = []): DocumentedPath {
  return { path: `/api/v1/${name}`, methods: ['GET'], tag: 'status', summary, parameters, answer: 'json' };
}

function open(path: string, summary: string): DocumentedPath {
  return { path, methods: ['GET'], tag: 'server', summary, parameters: [], answer: 'text', isPublic: true };
}

export const SERVER_PATHS: readonly DocumentedPath[] = [
  {
    path: '/api/v1/rules',
    methods: ['GET'],
    tag: 'rules',
    summary: 'Rule groups: none can be configured yet',
    parameters: [
      'type',
      'rule_name[]',
      'rule_group[]',
      'file[]',
      'match[]',
      'exclude_alerts',
      'group_limit',
      'group_next_token',
    ],
    answer: 'json',
  },
  { ...status('alerts', 'Active alerts: none without rules'), tag: 'rules' },
  { ...status('alertmanagers', 'Receivers of alerts: none without rules'), tag: 'rules' },
  { ...status('targets', 'What is scraped: nothing', ['state', 'scrapePool']), tag: 'targets' },
  {
    ...status('targets/metadata', 'Metadata of what is scraped: none', ['match_target', 'metric', 'limit']),
    tag: 'targets',
  },
  {
    ...status('targets/relabel_steps', 'How a target is relabelled', ['scrapePool', 'labels']),
    tag: 'targets',
    required: ['scrapePool', 'labels'],
  },
  { ...status('scrape_pools', 'Names of scrape pools: none'), tag: 'targets' },
  {
    ...status('scrape_pools/config', 'The configuration of a scrape pool', ['scrapePool']),
    tag: 'targets',
    required: ['scrapePool'],
  },
  status('status/config', 'The settings in effect as YAML, secrets hidden'),
  status('status/flags', 'The settings in effect by name, secrets hidden'),
  status('status/runtimeinfo', 'How the process does'),
  status('status/walreplay', 'Progress of replaying logs: over when it can be asked'),
  status('status/self_metrics', 'Metrics of the server itself', ['metric_name_pattern']),
  status('status/buildinfo', 'What the server is'),
  status('status/active_queries', 'Queries that run'),
  {
    path: '/api/v1/status/active_queries/{id}',
    methods: ['DELETE'],
    tag: 'status',
    summary: 'Cancels a query that runs',
    parameters: ['id'],
    required: ['id'],
    answer: 'json',
  },
  status('status/top_queries', 'Queries that were asked most or took longest', ['topN', 'maxLifetime']),
  status('features', 'What the server can do, by category'),
  status('notifications', 'What operators should know'),
  { ...status('notifications/live', 'The same as server-sent events, with every change'), answer: 'events' },
  { ...status('openapi.yaml', 'This document', ['openapi_version']), answer: 'yaml' },
  {
    path: '/api/v1/admin/tsdb/delete_series',
    methods: POST_PUT,
    tag: 'admin',
    summary: 'Deletes samples and exemplars of series in a range of time, or counts them',
    parameters: ['match[]', 'start', 'end', 'dry_run', 'counts', ...SCOPE_PARAMETERS],
    required: ['match[]'],
    answer: 'nothing-or-json',
  },
  {
    path: '/api/v1/admin/tsdb/clean_tombstones',
    methods: POST_PUT,
    tag: 'admin',
    summary: 'Gives the space of what was deleted back',
    parameters: [],
    answer: 'nothing',
  },
  {
    path: '/api/v1/admin/tsdb/snapshot',
    methods: POST_PUT,
    tag: 'admin',
    summary: 'Makes a backup in a folder of the data directory',
    parameters: ['skip_head'],
    answer: 'json',
  },
];

/** Outside of /api/. */
export const OWN_PATHS: readonly DocumentedPath[] = [
  open('/', 'A page of text'),
  open('/graph', 'Leads to the page of text'),
  { ...open('/version', 'What the server is, without a frame'), answer: 'json' },
  open('/metrics', 'Metrics of the server itself, in the text format'),
  open('/-/healthy', 'Whether the process answers'),
  open('/-/ready', 'Whether it takes requests'),
  {
    path: '/-/reload',
    methods: POST_PUT,
    tag: 'server',
    summary: 'Reloads the configuration: there is none that can be, 501',
    parameters: [],
    answer: 'text',
  },
  {
    path: '/-/quit',
    methods: POST_PUT,
    tag: 'server',
    summary: 'Stops the server',
    parameters: [],
    answer: 'text',
  },
];
