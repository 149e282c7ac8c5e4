/**
 * Every setting of the server, once. The command line, the environment, the configuration file, `--help`,
 * the type of the result and the table in docs/configuration.md all come from this table or are checked
 * against it.
 *
 * A key is the name in ServerConfig, with its unit; `name` is what people write: `--retention`,
 * `PROMONTORY_RETENTION`, and `retention:` in the file.
 */
// Not from the whole package, of which the server's own thread needs little: a start would take longer.
import { DISK_RESERVE_BYTES_MIN } from '@promontory/tsdb/threads';
import { type Flag, optional, withDefault } from './flag.ts';
import { OTLP_FLAGS } from './otlp-flags.ts';
import {
  parseAccessKey,
  parseBytes,
  parseBytesAtLeast,
  parseBytesOrZero,
  parseCount,
  parseCountOrZero,
  parseDurationOrZeroMs,
  parseLabels,
  parseListenAddress,
  parseLogLevel,
  parseOrigins,
  parsePath,
  parsePositiveDurationMs,
  parseSwitch,
  parseThreads,
} from './value-parsers.ts';

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
    placeholder: 'DURATION',
    help: 'how long samples are kept',
    parse: parsePositiveDurationMs,
    defaultText: '15d',
  }),
  retentionBytesMax: withDefault({
    name: 'retention-bytes-max',
    placeholder: 'BYTES',
    help: 'the oldest blocks are dropped while logs, blocks and index take more than this; 0 for no bound',
    parse: parseBytesOrZero,
    defaultText: '0',
  }),
  diskReserveBytes: withDefault({
    name: 'disk-reserve-bytes',
    placeholder: 'BYTES',
    help: 'stay free on the disk: writes that would use them are refused with 503; at least 8MiB',
    parse: (text) => parseBytesAtLeast(text, DISK_RESERVE_BYTES_MIN),
    defaultText: '128MiB',
  }),
  outOfOrderWindowMs: withDefault({
    name: 'out-of-order-window',
    placeholder: 'DURATION',
    help: "how far behind its series' newest sample a sample may come",
    parse: parseDurationOrZeroMs,
    defaultText: '1h',
  }),
  futureWindowMs: withDefault({
    name: 'future-window',
    placeholder: 'DURATION',
    help: 'how far ahead of the clock a sample may lie',
    parse: parseDurationOrZeroMs,
    defaultText: '10m',
  }),
  seriesMax: withDefault({
    name: 'series-max',
    placeholder: 'COUNT',
    help: 'most series; new ones are refused then',
    parse: parseCount,
    defaultText: '50000000',
  }),
  seriesPerMetricMax: withDefault({
    name: 'series-per-metric-max',
    placeholder: 'COUNT',
    help: 'most series with one metric name; 0 for no bound',
    parse: parseCountOrZero,
    defaultText: '0',
  }),
  seriesIdleMs: withDefault({
    name: 'series-idle',
    placeholder: 'DURATION',
    help: 'a series that was silent for so long leaves memory',
    parse: parsePositiveDurationMs,
    defaultText: '1h',
  }),
  samplesPerSecondMax: withDefault({
    name: 'samples-per-second-max',
    placeholder: 'COUNT',
    help: 'samples a second; writes with more are refused with 429; 0 for no bound',
    parse: parseCountOrZero,
    defaultText: '0',
  }),
  exemplarsMax: withDefault({
    name: 'exemplars-max',
    placeholder: 'COUNT',
    help: 'exemplars kept, the newest by their own time; 0 to store none',
    parse: parseCountOrZero,
    defaultText: '100000',
  }),
  logBytesMax: withDefault({
    name: 'log-bytes-max',
    placeholder: 'BYTES',
    help: "a generation's log is written to a block when it has grown to this",
    parse: parseBytes,
    defaultText: '64MiB',
  }),
  writeBodyBytesMax: withDefault({
    name: 'write-body-bytes-max',
    placeholder: 'BYTES',
    help: 'largest body of a write, compressed',
    parse: parseBytes,
    defaultText: '32MiB',
  }),
  writeDecodedBytesMax: withDefault({
    name: 'write-decoded-bytes-max',
    placeholder: 'BYTES',
    help: 'largest body of a write, decompressed',
    parse: parseBytes,
    defaultText: '32MiB',
  }),
  writeBytesInFlightMax: withDefault({
    name: 'write-bytes-in-flight-max',
    placeholder: 'BYTES',
    help: 'bodies of all writes that are not answered yet, compressed; more are refused with 503',
    parse: parseBytes,
    defaultText: '256MiB',
  }),
  decodeThreads: withDefault({
    name: 'decode-threads',
    placeholder: 'COUNT',
    help: 'threads that decode writes; auto is one per core but one, at least 1',
    parse: (text) => parseThreads(text, 1),
    defaultText: 'auto',
  }),
  queryThreads: withDefault({
    name: 'query-threads',
    placeholder: 'COUNT',
    help: 'threads that answer queries; auto is one per core',
    parse: (text) => parseThreads(text, 0),
    defaultText: 'auto',
  }),
  queryQueueMax: withDefault({
    name: 'query-queue-max',
    placeholder: 'COUNT',
    help: 'queries that may wait for a thread; more are refused with 503',
    parse: parseCount,
    defaultText: '256',
  }),
  queryBytesInFlightMax: withDefault({
    name: 'query-bytes-in-flight-max',
    placeholder: 'BYTES',
    help: 'bodies of queries and answers not yet sent, in all; more are refused with 503',
    parse: parseBytes,
    defaultText: '512MiB',
  }),
  queryTimeoutMs: withDefault({
    name: 'query-timeout',
    placeholder: 'DURATION',
    help: 'longest that a query may take',
    parse: parsePositiveDurationMs,
    defaultText: '2m',
  }),
  querySamplesMax: withDefault({
    name: 'query-samples-max',
    placeholder: 'COUNT',
    help: 'most samples that a query may hold in memory',
    parse: parseCount,
    defaultText: '50000000',
  }),
  queryMemoryBytesMax: withDefault({
    name: 'query-memory-max',
    placeholder: 'BYTES',
    help: 'most bytes that a query may hold in memory, as it estimates them',
    parse: parseBytes,
    defaultText: '1GiB',
  }),
  remoteReadMax: withDefault({
    name: 'remote-read-max',
    placeholder: 'COUNT',
    help: 'remote reads answered at once; others wait',
    parse: parseCount,
    defaultText: '10',
  }),
  remoteReadQueueMax: withDefault({
    name: 'remote-read-queue-max',
    placeholder: 'COUNT',
    help: 'remote reads that may wait; more are refused with 503',
    parse: parseCount,
    defaultText: '64',
  }),
  remoteReadSpanMs: withDefault({
    name: 'remote-read-span-max',
    placeholder: 'DURATION',
    help: 'longest range of a query of a remote read',
    parse: parsePositiveDurationMs,
    defaultText: '30d',
  }),
  remoteReadSeriesMax: withDefault({
    name: 'remote-read-series-max',
    placeholder: 'COUNT',
    help: 'most series of a remote read',
    parse: parseCount,
    defaultText: '200000',
  }),
  remoteReadSamplesMax: withDefault({
    name: 'remote-read-samples-max',
    placeholder: 'COUNT',
    help: 'most samples of a remote read that is not streamed',
    parse: parseCount,
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
    placeholder: 'DURATION',
    help: 'queries that take longer are logged; 0 logs all',
    parse: parseDurationOrZeroMs,
    defaultText: '5s',
  }),
  requestsPerSecondMax: withDefault({
    name: 'requests-per-second-max',
    placeholder: 'COUNT',
    help: 'requests a second under /api/; more are refused with 429; 0 for no bound',
    parse: parseCountOrZero,
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
    placeholder: 'DURATION',
    help: 'how far back a query looks for the newest sample of a series',
    parse: parsePositiveDurationMs,
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
    placeholder: 'DURATION',
    help: 'longest that requests under way are waited for at the end',
    parse: parseDurationOrZeroMs,
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
