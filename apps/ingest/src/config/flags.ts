/**
 * Every setting of the server, once. The command line, the environment, the configuration file, `--help`,
 * the type of the result and the table in docs/configuration.md all come from this table or are checked
 * against it.
 *
 * A key is the name in ServerConfig, with its unit; `name` is what people write: `--retention`,
 * `PROMONTORY_RETENTION`, and `retention:` in the file.
 */
// Not from the whole package, of which the server's own thread needs little: a start would take longer.
import { TSDB_LIMIT_BOUNDS } from '@promontory/tsdb/threads';
import { PARAMETERS_BYTES_MAX, STREAMS_MAX } from '../request-limits.ts';
import {
  bytesWithin,
  COUNT_MAX,
  countWithin,
  DURATION_MS_MAX,
  durationWithin,
  threadsWithin,
} from './bounded-values.ts';
import { type Flag, optional, type ValueBounds, withDefault } from './flag.ts';
import { OTLP_FLAGS } from './otlp-flags.ts';
import {
  parseAccessKey,
  parseLabels,
  parseListenAddress,
  parseLogLevel,
  parseOrigins,
  parsePath,
  parseSwitch,
} from './value-parsers.ts';

/** Each takes some 20 MB and a place among the 256 readers of the storage, of which the HTTP thread has one. */
const THREADS_MAX = 255;
/** Of memory that is taken by and by: 64 TiB, which is what Linux addresses. */
const MEMORY_BYTES_MAX = 64 * 1024 ** 4;
/** Positions and lengths of bodies in their memory are signed words. */
const WRITE_BYTES_IN_FLIGHT_MAX = 2 ** 31;
const WRITE_BODY_BYTES_MAX = 2 ** 31 - 1;
/** Half of what positions of labels and histograms in a batch reach: a batch has room for twice the bytes of a body. */
const WRITE_DECODED_BYTES_MAX = 2 ** 30;
/** A place takes 12 bytes at the start; what waits in it takes kilobytes. */
const QUEUE_MAX = 1_000_000;
/** Timers of Node.js go to 2^31 - 1 ms, some 24.8 days, and fire at once beyond. */
const TIMER_MS_MAX = 24 * 24 * 3600 * 1000;
/** At least as much as the parameters of one request may take. */
const QUERY_BYTES: ValueBounds = { min: PARAMETERS_BYTES_MAX, max: MEMORY_BYTES_MAX };

function ofStorage(limit: keyof typeof TSDB_LIMIT_BOUNDS): ValueBounds {
  const { min, max } = TSDB_LIMIT_BOUNDS[limit];
  return limit.endsWith('Ms') ? { min, max: Math.min(max, DURATION_MS_MAX) } : { min, max };
}

/** For what the storage can be without and the server cannot. */
function aboveZero({ min, max }: ValueBounds): ValueBounds {
  return { min: Math.max(1, min), max };
}

export const FLAGS = {
  httpListen: withDefault({
    name: 'http-listen',
    placeholder: 'HOST:PORT',
    help: 'address to serve HTTP on; port 0 takes a free one',
    parse: parseListenAddress,
    defaultText: '127.0.0.1:3242',
  }),
  dataDirectory: withDefault({
    name: 'data-dir',
    placeholder: 'PATH',
    help: 'folder of everything that is stored',
    parse: parsePath,
    defaultText: './data',
  }),
  bootstrapAccessKey: optional({
    name: 'bootstrap-access-key',
    placeholder: 'ID:SECRET',
    help: 'access key to make sure of at every start; without it the first start makes one and prints it',
    parse: parseAccessKey,
    isSecret: true,
  }),
  tlsCertPath: optional({
    name: 'tls-cert',
    placeholder: 'PATH',
    help: 'PEM file of the certificate chain; serves HTTPS, together with --tls-key',
    parse: parsePath,
  }),
  tlsKeyPath: optional({
    name: 'tls-key',
    placeholder: 'PATH',
    help: "PEM file of the certificate's private key",
    parse: parsePath,
  }),
  logLevel: withDefault({
    name: 'log-level',
    placeholder: 'LEVEL',
    help: 'least level that is logged: trace, debug, info, warn, error or silent',
    parse: parseLogLevel,
    defaultText: 'info',
  }),
  retentionMs: withDefault({
    name: 'retention',
    help: 'how long samples are kept',
    ...durationWithin(ofStorage('retentionMs')),
    defaultText: '15d',
  }),
  retentionBytesMax: withDefault({
    name: 'retention-bytes-max',
    help: 'the oldest blocks are dropped while logs, blocks and index take more than this; 0 for no bound',
    ...bytesWithin(ofStorage('retentionBytesMax')),
    defaultText: '0',
  }),
  diskReserveBytes: withDefault({
    name: 'disk-reserve-bytes',
    help: 'stay free on the disk: writes that would use them are refused with 503; at least 8MiB',
    ...bytesWithin(ofStorage('diskReserveBytes')),
    defaultText: '128MiB',
  }),
  outOfOrderWindowMs: withDefault({
    name: 'out-of-order-window',
    help: "how far behind its series' newest sample a sample may come",
    ...durationWithin(ofStorage('outOfOrderWindowMs')),
    defaultText: '1h',
  }),
  futureWindowMs: withDefault({
    name: 'future-window',
    help: 'how far ahead of the clock a sample may lie',
    ...durationWithin(ofStorage('futureWindowMs')),
    defaultText: '10m',
  }),
  seriesMax: withDefault({
    name: 'series-max',
    help: 'most series; new ones are refused then',
    ...countWithin(aboveZero(ofStorage('seriesMax'))),
    defaultText: '50000000',
  }),
  seriesPerMetricMax: withDefault({
    name: 'series-per-metric-max',
    help: 'most series with one metric name; 0 for no bound',
    ...countWithin(ofStorage('seriesPerMetricMax')),
    defaultText: '0',
  }),
  seriesIdleMs: withDefault({
    name: 'series-idle',
    help: 'a series that was silent for so long leaves memory',
    ...durationWithin(aboveZero(ofStorage('seriesIdleMs'))),
    defaultText: '1h',
  }),
  samplesPerSecondMax: withDefault({
    name: 'samples-per-second-max',
    help: 'samples a second; writes with more are refused with 429; 0 for no bound',
    ...countWithin(ofStorage('samplesPerSecondMax')),
    defaultText: '0',
  }),
  exemplarsMax: withDefault({
    name: 'exemplars-max',
    help: 'exemplars kept, the newest by their own time; 0 to store none',
    ...countWithin(ofStorage('exemplarsMax')),
    defaultText: '100000',
  }),
  logBytesMax: withDefault({
    name: 'log-bytes-max',
    help: "a generation's log is written to a block when it has grown to this",
    ...bytesWithin(ofStorage('logBytesMax')),
    defaultText: '64MiB',
  }),
  writeBodyBytesMax: withDefault({
    name: 'write-body-bytes-max',
    help: 'largest body of a write, compressed',
    ...bytesWithin({ min: 1, max: WRITE_BODY_BYTES_MAX }),
    defaultText: '32MiB',
  }),
  writeDecodedBytesMax: withDefault({
    name: 'write-decoded-bytes-max',
    help: 'largest body of a write, decompressed',
    ...bytesWithin({ min: 1, max: WRITE_DECODED_BYTES_MAX }),
    defaultText: '32MiB',
  }),
  writeBytesInFlightMax: withDefault({
    name: 'write-bytes-in-flight-max',
    help: 'bodies of all writes that are not answered yet, compressed; more are refused with 503',
    ...bytesWithin({ min: 1, max: WRITE_BYTES_IN_FLIGHT_MAX }),
    defaultText: '256MiB',
  }),
  decodeThreads: withDefault({
    name: 'decode-threads',
    help: 'threads that decode writes; auto is one per core but one, at least 1',
    ...threadsWithin({ min: 1, max: THREADS_MAX }, 1),
    defaultText: 'auto',
  }),
  queryThreads: withDefault({
    name: 'query-threads',
    help: 'threads that answer queries; auto is one per core',
    ...threadsWithin({ min: 1, max: THREADS_MAX }, 0),
    defaultText: 'auto',
  }),
  queryQueueMax: withDefault({
    name: 'query-queue-max',
    help: 'queries that may wait for a thread; more are refused with 503',
    ...countWithin({ min: 1, max: QUEUE_MAX }),
    defaultText: '256',
  }),
  queryBytesInFlightMax: withDefault({
    name: 'query-bytes-in-flight-max',
    help: 'bodies of queries and answers not yet sent, in all; more are refused with 503',
    ...bytesWithin(QUERY_BYTES),
    defaultText: '512MiB',
  }),
  queryTimeoutMs: withDefault({
    name: 'query-timeout',
    help: 'longest that a query may take',
    ...durationWithin({ min: 1, max: TIMER_MS_MAX }),
    defaultText: '2m',
  }),
  querySamplesMax: withDefault({
    name: 'query-samples-max',
    help: 'most samples that a query may hold in memory',
    ...countWithin({ min: 1, max: COUNT_MAX }),
    defaultText: '50000000',
  }),
  queryMemoryBytesMax: withDefault({
    name: 'query-memory-max',
    help: 'most bytes that a query may hold in memory, as it estimates them',
    ...bytesWithin(QUERY_BYTES),
    defaultText: '1GiB',
  }),
  remoteReadMax: withDefault({
    name: 'remote-read-max',
    help: 'remote reads answered at once; others wait',
    ...countWithin({ min: 1, max: STREAMS_MAX }),
    defaultText: '10',
  }),
  remoteReadQueueMax: withDefault({
    name: 'remote-read-queue-max',
    help: 'remote reads that may wait; more are refused with 503',
    ...countWithin({ min: 1, max: QUEUE_MAX }),
    defaultText: '64',
  }),
  remoteReadSpanMs: withDefault({
    name: 'remote-read-span-max',
    help: 'longest range of a query of a remote read',
    ...durationWithin({ min: 1, max: DURATION_MS_MAX }),
    defaultText: '30d',
  }),
  remoteReadSeriesMax: withDefault({
    name: 'remote-read-series-max',
    help: 'most series of a remote read',
    ...countWithin(aboveZero(ofStorage('seriesMax'))),
    defaultText: '200000',
  }),
  remoteReadSamplesMax: withDefault({
    name: 'remote-read-samples-max',
    help: 'most samples of a remote read that is not streamed',
    ...countWithin({ min: 1, max: COUNT_MAX }),
    defaultText: '50000000',
  }),
  queryExperimental: withDefault({
    name: 'query-experimental',
    placeholder: 'SWITCH',
    help: 'parts of PromQL that Prometheus calls experimental; on or off',
    parse: parseSwitch,
    defaultText: 'on',
  }),
  slowQueryMs: withDefault({
    name: 'slow-query-time',
    help: 'queries that take longer are logged; 0 logs all',
    ...durationWithin({ min: 0, max: DURATION_MS_MAX }),
    defaultText: '5s',
  }),
  requestsPerSecondMax: withDefault({
    name: 'requests-per-second-max',
    help: 'requests a second under /api/; more are refused with 429; 0 for no bound',
    ...countWithin({ min: 0, max: COUNT_MAX }),
    defaultText: '0',
  }),
  corsOrigin: withDefault({
    name: 'cors-origin',
    placeholder: 'REGEX',
    help: 'origins whose pages may read answers; matches whole origins',
    parse: parseOrigins,
    defaultText: '.*',
  }),
  externalLabels: withDefault({
    name: 'external-labels',
    placeholder: 'LABELS',
    help: 'NAME=VALUE,… given to federated series that lack them',
    parse: parseLabels,
    defaultText: '',
  }),
  lookbackDeltaMs: withDefault({
    name: 'lookback-delta',
    help: 'how far back a query looks for the newest sample of a series',
    ...durationWithin({ min: 1, max: DURATION_MS_MAX }),
    defaultText: '5m',
  }),
  ...OTLP_FLAGS,
  adminApi: withDefault({
    name: 'admin-api',
    placeholder: 'SWITCH',
    help: 'deleting series, cleaning tombstones and making snapshots over HTTP; on or off',
    parse: parseSwitch,
    defaultText: 'off',
  }),
  lifecycleApi: withDefault({
    name: 'lifecycle-api',
    placeholder: 'SWITCH',
    help: 'stopping the server over HTTP, by /-/quit; on or off',
    parse: parseSwitch,
    defaultText: 'off',
  }),
  shutdownTimeoutMs: withDefault({
    name: 'shutdown-timeout',
    help: 'longest that requests under way are waited for at the end',
    ...durationWithin({ min: 0, max: TIMER_MS_MAX }),
    defaultText: '4s',
  }),
};

export type FlagKey = keyof typeof FLAGS;

/** What the server runs with; units in the names, help in the table above. */
export type ServerConfig = {
  readonly [Key in FlagKey]: (typeof FLAGS)[Key] extends Flag<infer T> ? T : never;
};

/** The table in order, each with its key. */
export function flagEntries(): [FlagKey, Flag<unknown>][] {
  return Object.entries(FLAGS) as [FlagKey, Flag<unknown>][];
}

/** `query-timeout` → `PROMONTORY_QUERY_TIMEOUT` */
export function environmentName(flagName: string): string {
  return `PROMONTORY_${flagName.replaceAll('-', '_').toUpperCase()}`;
}
