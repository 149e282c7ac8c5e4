/** Puts the parts of the server together, and takes them apart in order. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AccessKeyPair,
  type AccessKeyStore,
  BasicAuthenticator,
  openAccessKeyStore,
} from '@promontory/access';
import { errorMessage, systemClock } from '@promontory/base';
import { type ApiLimits, createServerApi, DEFAULT_READ_LIMITS } from '@promontory/http-api';
import { LabelRegex } from '@promontory/model';
import type { TsdbLimits } from '@promontory/tsdb';
import { DirectoryLock } from '@promontory/tsdb/threads';
import { DEFAULT_SERIES_LABEL_LIMITS } from '@promontory/wire';
import type { ServerConfig } from './config/flags.ts';
import { otlpOptionsOf } from './config/otlp-flags.ts';
import { errorDetail } from './error-detail.ts';
import { ByteBudget } from './http/byte-budget.ts';
import { HttpServer } from './http/http-server.ts';
import { OtlpRoute } from './http/otlp-route.ts';
import { QueryRoute, type QueryRouteOptions } from './http/query-route.ts';
import { RequestRate } from './http/request-rate.ts';
import { Routes } from './http/routes.ts';
import { ServerRoute } from './http/server-route.ts';
import { WriteRoute } from './http/write-route.ts';
import type { Logger } from './logger.ts';
import { ServerMetrics } from './metrics/server-metrics.ts';
import { Notifications } from './notifications/notifications.ts';
import { StorageFigures } from './pipeline/storage-figures.ts';
import { WritePipeline } from './pipeline/write-pipeline.ts';
import { AdmissionGate } from './pools/admission-gate.ts';
import { QUERY_WORKER, QueryPool } from './pools/query-pool.ts';
import { STAGE_WORKERS, StagePools } from './pools/stage-pools.ts';
import { stripModules } from './pools/stripped-modules.ts';
import { QueryRunner, type QueryRunnerOptions } from './query/query-runner.ts';
import { RequestLedger } from './query/request-ledger.ts';
import { logSlowRequest } from './query/slow-request-log.ts';
import type { QueryData } from './query/query-service.ts';
import { type AboutServer, ServerSelf } from './self/server-self.ts';
import { ToldOperators } from './self/told-operators.ts';
import { endUnused, stopServer } from './stop-server.ts';

/** The instance that every server has; its endpoints are the root paths. */
const DEFAULT_INSTANCE_ID = 'rw-default';

export interface RunningServer {
  /** `http://HOST:PORT` or `https://…`. */
  readonly url: string;
  /** The key pair that was made because there was none; its secret is nowhere else in the clear. */
  readonly createdKey: AccessKeyPair | null;
  /** Settles when the server has ended: rejects with why when it did so by itself. */
  readonly failed: Promise<void>;
  /** Resolves when a client asks the server to stop: whoever runs it calls `stop` then. */
  readonly quitAsked: Promise<void>;
  /**
   * Stops accepting, answers what is under way, flushes and closes: within the shutdown timeout and less
   * than a second. Calling it again waits for the same end.
   */
  stop(): Promise<void>;
}

/** Undoes one step of a start. */
type Closer = () => void | Promise<void>;

/**
 * A start that fails closes what it had opened.
 *
 * @throws PromontoryError ERR_STORE_LOCKED, ERR_LISTEN, ERR_TLS_FILES, and what opening the stores throws
 */
export async function startServer(
  config: ServerConfig,
  about: AboutServer,
  logger: Logger,
): Promise<RunningServer> {
  const opened: Closer[] = [];
  try {
    return await startParts(config, about, logger, opened);
  } catch (error) {
    await closeAfterFailure(opened, logger);
    throw error;
  }
}

async function closeAfterFailure(opened: readonly Closer[], logger: Logger): Promise<void> {
  for (const close of opened.toReversed()) {
    try {
      await close();
    } catch (error) {
      logger.warn({ error: errorMessage(error) }, 'cannot close a part of a server that did not start');
    }
  }
}

/** @param opened gets what each step opened, as soon as it is open */
async function startParts(
  config: ServerConfig,
  about: AboutServer,
  logger: Logger,
  opened: Closer[],
): Promise<RunningServer> {
  const lock = await DirectoryLock.acquire(config.dataDirectory);
  opened.push(() => lock.release());
  const keys = await openAccessKeyStore({
    directory: join(config.dataDirectory, 'control'),
    clock: systemClock,
  });
  opened.push(() => keys.close());
  await importBootstrapKey(keys, config);
  const directory = join(config.dataDirectory, 'instances', DEFAULT_INSTANCE_ID);
  mkdirSync(directory, { recursive: true });
  const execArgv = await stripModules([...STAGE_WORKERS, QUERY_WORKER]);
  const notifications = new Notifications(systemClock);
  const told = new ToldOperators(logger, notifications);
  const writing = await startWriting(config, directory, execArgv, told);
  opened.push(() => endUnused(writing));
  logger.info({ directory, seriesCount: writing.stages.seriesCount }, 'database is open');
  const queryData = { directory, generations: writing.stages.generations };
  const queries = startQuerying(config, queryData, execArgv, told, opened);
  const self = createSelf(config, about, writing, notifications, logger);
  opened.push(() => self.close());
  const { http, routes } = createHttp(config, self, keys, writing, queries, logger);
  opened.push(() => http.close());
  const port = await http.listen();
  // Made last: a key whose secret nobody was shown, because the start failed, would lock everybody out.
  const createdKey = keys.list().length === 0 ? await keys.create() : null;
  const watching = writing.pipeline.watch();
  const parts = { config, http, routes, self, writing, queries, keys, lock, watching, logger };
  let stopping: Promise<void> | null = null;
  return {
    url: `${config.tlsCertPath === null ? 'http' : 'https'}://${hostInUrl(config.httpListen.host)}:${port}`,
    createdKey,
    failed: writing.stages.ended.catch((error: unknown) => {
      if (stopping === null) throw error;
    }),
    quitAsked: self.quitAsked,
    stop: () => (stopping ??= stopServer(parts)),
  };
}

function createHttp(
  config: ServerConfig,
  self: ServerSelf,
  keys: AccessKeyStore,
  writing: WritePath,
  queries: QueryRunner,
  logger: Logger,
): { http: HttpServer; routes: Routes } {
  const onInternalError = logRequestFailure(logger);
  const ledger = new RequestLedger({
    clock: systemClock,
    instance: DEFAULT_INSTANCE_ID,
    slowMs: config.slowQueryMs,
    onSlow: (slow) => logSlowRequest(logger, slow),
  });
  const queryBytes = new ByteBudget(config.queryBytesInFlightMax);
  const remoteReads = new AdmissionGate(config.remoteReadMax, config.remoteReadQueueMax);
  const metrics = createMetrics(self, writing, queries, { queryBytes, remoteReads });
  const services = self.services(metrics, ledger);
  const api = createServerApi(services, { retryJitter: Math.random, onInternalError });
  const { writeBodyBytesMax: bodyBytesMax } = config;
  const receiver = { pipeline: writing.pipeline, metrics, bodyBytesMax, onInternalError };
  const routes = new Routes({
    authenticator: new BasicAuthenticator(keys),
    write: new WriteRoute(receiver),
    otlp: new OtlpRoute(receiver),
    query: new QueryRoute({
      queries,
      budget: queryBytes,
      remoteReads,
      queryDurationMsMax: config.queryTimeoutMs,
      ledger,
      onInternalError,
    }),
    server: new ServerRoute({ api, budget: queryBytes, onInternalError }),
    metrics,
    rate: new RequestRate(config.requestsPerSecondMax, systemClock),
    origins: new LabelRegex(config.corsOrigin),
    own: self.own,
  });
  const http = new HttpServer({
    ...config.httpListen,
    tls: tlsPaths(config),
    handle: (exchange) => routes.handle(exchange),
  });
  return { http, routes };
}

interface WritePath {
  readonly pipeline: WritePipeline;
  readonly stages: StagePools;
  readonly figures: StorageFigures;
}

async function startWriting(
  config: ServerConfig,
  directory: string,
  execArgv: readonly string[] | null,
  told: ToldOperators,
): Promise<WritePath> {
  const { decodeThreads, writeDecodedBytesMax: decodedBytesMax } = config;
  const pipeline = new WritePipeline({
    bytesInFlightMax: config.writeBytesInFlightMax,
    decodeThreads,
    decodedBytesMax,
  });
  const figures = StorageFigures.allocate();
  const stages = await StagePools.start({
    directory,
    tsdbLimits: tsdbLimits(config),
    labelLimits: DEFAULT_SERIES_LABEL_LIMITS,
    decodedBytesMax,
    otlp: otlpOptionsOf(config),
    decodeThreads,
    execArgv,
    memory: pipeline.memory,
    figures,
    onDamage: told.onDamage,
    onMaintenanceFailure: told.onMaintenanceFailure,
  });
  return { pipeline, stages, figures: new StorageFigures(figures) };
}

/** The client was told nothing but that it is our fault. */
function logRequestFailure(logger: Logger): QueryRouteOptions['onInternalError'] {
  return (error, { path, queryString }) =>
    logger.error({ path, queryString, error: errorDetail(error) }, 'request failed inside');
}

function createSelf(
  config: ServerConfig,
  about: AboutServer,
  { pipeline, stages, figures }: WritePath,
  notifications: Notifications,
  logger: Logger,
): ServerSelf {
  const { adminPort } = stages;
  const wakeStorage = (): void => pipeline.wakeStorage();
  return new ServerSelf({ config, about, figures, notifications, adminPort, wakeStorage, logger });
}

function tsdbLimits(config: ServerConfig): Partial<TsdbLimits> {
  return {
    retentionMs: config.retentionMs,
    retentionBytesMax: config.retentionBytesMax,
    diskReserveBytes: config.diskReserveBytes,
    outOfOrderWindowMs: config.outOfOrderWindowMs,
    futureWindowMs: config.futureWindowMs,
    seriesMax: config.seriesMax,
    seriesPerMetricMax: config.seriesPerMetricMax,
    seriesIdleMs: config.seriesIdleMs,
    samplesPerSecondMax: config.samplesPerSecondMax,
    exemplarsMax: config.exemplarsMax,
    logBytesMax: config.logBytesMax,
  };
}

function startQuerying(
  config: ServerConfig,
  stored: Pick<QueryData, 'directory' | 'generations'>,
  execArgv: readonly string[] | null,
  { logger, onDamage }: ToldOperators,
  opened: Closer[],
): QueryRunner {
  const limits: ApiLimits = {
    ...DEFAULT_READ_LIMITS,
    readSpanMsMax: config.remoteReadSpanMs,
    readSeriesMax: config.remoteReadSeriesMax,
    readSamplesMax: config.remoteReadSamplesMax,
    queryDurationMsMax: config.queryTimeoutMs,
    querySamplesMax: config.querySamplesMax,
    queryMemoryBytesMax: config.queryMemoryBytesMax,
    lookbackDeltaMs: config.lookbackDeltaMs,
  };
  const { queryExperimental: experimental, externalLabels } = config;
  const data = { ...stored, limits, experimental, externalLabels };
  const onInternalError: QueryRunnerOptions['onInternalError'] = (error, { path, queryString }) =>
    logger.error({ path, queryString, error }, 'query failed inside');
  const told = { onInternalError, onDamage };
  const { queryThreads, queryQueueMax: queueMax } = config;
  const entry = QUERY_WORKER;
  const threads = new QueryPool({ entry, threads: queryThreads, queueMax, execArgv, data, ...told });
  opened.push(() => threads.close());
  const queries = new QueryRunner({ threads, data, clock: systemClock, ...told });
  opened.push(() => queries.close());
  return queries;
}

function createMetrics(
  self: ServerSelf,
  { pipeline, figures }: WritePath,
  queries: QueryRunner,
  { queryBytes, remoteReads }: { queryBytes: ByteBudget; remoteReads: AdmissionGate },
): ServerMetrics {
  return new ServerMetrics({
    storage: () => figures.read(),
    writeJobsInFlight: () => pipeline.jobsInFlight,
    writeBytesInFlight: () => pipeline.bytesInFlight,
    queriesRunning: () => queries.running,
    queryBytesInFlight: () => queryBytes.bytesInUse,
    remoteReadsRunning: () => remoteReads.inside,
    remoteReadsWaiting: () => remoteReads.waiting,
    notifications: () => self.notifications,
    version: self.version,
  });
}

function tlsPaths({ tlsCertPath, tlsKeyPath }: ServerConfig): { certPath: string; keyPath: string } | null {
  return tlsCertPath === null || tlsKeyPath === null ? null : { certPath: tlsCertPath, keyPath: tlsKeyPath };
}

async function importBootstrapKey(keys: AccessKeyStore, config: ServerConfig): Promise<void> {
  if (config.bootstrapAccessKey === null) return;
  const { accessKeyId, secret } = config.bootstrapAccessKey;
  await keys.importKey(accessKeyId, secret);
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
