/** How the server was started and how it does. */
import { jsonSuccess } from '../json/json-success.ts';
import type { ServerEndpoint, Setting } from './server-services.ts';

/** The settings in effect, as a configuration file would have them. */
export const statusConfigEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/status/config',
  handle: ({ services }) => {
    const given = services.settings.filter(({ text, isInFile }) => isInFile && text !== '');
    return jsonSuccess({ yaml: services.toYaml(Object.fromEntries(given.map(nameAndText))) });
  },
};

export const statusFlagsEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/status/flags',
  handle: ({ services }) =>
    jsonSuccess(Object.fromEntries(services.settings.toSorted(byName).map(nameAndText))),
};

function byName(left: Setting, right: Setting): number {
  return left.name < right.name ? -1 : 1;
}

function nameAndText({ name, text }: Setting): [string, string] {
  return [name, text];
}

/** Names are Prometheus's, of Go's runtime too: goroutines are our threads, and the memory limit is that of a heap. */
export const statusRuntimeInfoEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/status/runtimeinfo',
  handle: ({ services }) => {
    const state = services.runtime();
    return jsonSuccess({
      startTime: new Date(state.startedMs).toISOString(),
      CWD: state.workingDirectory,
      hostname: state.hostname,
      serverTime: new Date(state.nowMs).toISOString(),
      reloadConfigSuccess: true,
      // Settings are read once, at the start.
      lastConfigTime: new Date(state.startedMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      timeSeriesCount: state.seriesCount,
      corruptionCount: state.damageCount,
      goroutineCount: state.threadCount,
      GOMAXPROCS: state.coreCount,
      GOMEMLIMIT: state.heapBytesMax,
      GOGC: '',
      GODEBUG: '',
      storageRetention: state.retention,
    });
  },
};

/** Logs are replayed before the server listens: nothing is left to do when somebody can ask. */
export const statusWalReplayEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/status/walreplay',
  handle: () => jsonSuccess({ min: 0, max: 0, current: 0 }),
};
