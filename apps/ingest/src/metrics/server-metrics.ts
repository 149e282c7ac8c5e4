/** The server's own metrics. Counted where things happen, on the HTTP thread, once a request at most. */
import { systemClock } from '@promontory/base';
import type { MetricFamily } from '@promontory/http-api';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Exchange } from '../http/exchange.ts';
import type { JobOutcome } from '../pipeline/job-table.ts';
import type { StorageReading } from '../pipeline/storage-figures.ts';
import { metricFamily } from './metric-families.ts';

const DURATION_BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** Gauges of the library whose names say that they are counters: `promtool check metrics` refuses them. */
const MISNAMED_METRICS = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Figures that others keep and that are read when somebody asks. */
export interface MetricsSources {
  readonly storage: () => StorageReading;
  readonly writeJobsInFlight: () => number;
  readonly writeBytesInFlight: () => number;
  readonly queriesRunning: () => number;
  readonly queryBytesInFlight: () => number;
  readonly remoteReadsRunning: () => number;
  readonly remoteReadsWaiting: () => number;
  readonly notifications: () => NotificationCounts;
  readonly version: string;
}

/** Of those who follow the notifications. */
export interface NotificationCounts {
  readonly followerCount: number;
  readonly sentCount: number;
  readonly droppedCount: number;
}

export class ServerMetrics {
  readonly writeBodyBytes: Counter;
  readonly #registry = new Registry();
  readonly #requests: Counter<'handler' | 'code'>;
  readonly #durations: Histogram<'handler'>;
  readonly #samplesWritten: Counter;
  readonly #histogramsWritten: Counter;
  readonly #exemplarsWritten: Counter;
  readonly #metadataWritten: Counter;
  readonly #leftOut: Counter;
  readonly #otlpWarnings: Counter<'category'>;
  readonly #samplesRejected: Counter<'reason'>;
  readonly #writesFailed: Counter<'reason'>;

  constructor(sources: MetricsSources) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED_METRICS) this.#registry.removeSingleMetric(name);
    this.#requests = new Counter({
      name: 'promontory_http_requests_total',
      help: 'Answered requests.',
      labelNames: ['handler', 'code'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'promontory_http_request_duration_seconds',
      help: 'Time from the head of a request to its answer.',
      labelNames: ['handler'],
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    });
    this.writeBodyBytes = new Counter({
      name: 'promontory_write_body_bytes_total',
      help: 'Compressed bytes of write requests received.',
      registers,
    });
    this.#samplesWritten = new Counter({
      name: 'promontory_write_samples_total',
      help: 'Samples acknowledged, floats and native histograms.',
      registers,
    });
    this.#histogramsWritten = new Counter({
      name: 'promontory_write_histograms_total',
      help: 'Of the samples acknowledged, the native histograms.',
      registers,
    });
    this.#exemplarsWritten = new Counter({
      name: 'promontory_write_exemplars_total',
      help: 'Exemplars acknowledged.',
      registers,
    });
    this.#metadataWritten = new Counter({
      name: 'promontory_write_metadata_total',
      help: 'Metadata of metrics acknowledged, repeated or new.',
      registers,
    });
    this.#leftOut = new Counter({
      name: 'promontory_write_extras_left_out_total',
      help: 'Exemplars, metadata and target_info that were not stored, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#otlpWarnings = new Counter({
      name: 'promontory_otlp_translation_warnings_total',
      help: 'What was remarkable about OTLP exports without being refused, by category.',
      labelNames: ['category'],
      registers,
    });
    this.#samplesRejected = new Counter({
      name: 'promontory_write_samples_rejected_total',
      help: 'Samples refused for good, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#writesFailed = new Counter({
      name: 'promontory_write_requests_failed_total',
      help: 'Write requests of which nothing was acknowledged, by reason.',
      labelNames: ['reason'],
      registers,
    });
    registerStorage(sources, registers);
    registerServer(sources, registers);
  }

  countWrite(outcome: JobOutcome): void {
    if (outcome.failure !== null) this.#writesFailed.inc({ reason: outcome.failure.code });
    const { written, rejections, leftOut, warnings } = outcome;
    this.#samplesWritten.inc(written.samples);
    this.#histogramsWritten.inc(written.histograms);
    this.#exemplarsWritten.inc(written.exemplars);
    this.#metadataWritten.inc(written.metadata);
    for (const { code, count } of rejections) this.#samplesRejected.inc({ reason: code }, count);
    for (const { code, count } of leftOut) this.#leftOut.inc({ reason: code }, count);
    for (const { category, count } of warnings) this.#otlpWarnings.inc({ category }, count);
  }

  /** Counts the exchange when it is answered. */
  observeRequest(exchange: Exchange, handler: string): void {
    const startMs = systemClock.monotonicMs();
    exchange.onReply((status) => {
      this.#requests.inc({ handler, code: String(status) });
      this.#durations.observe({ handler }, (systemClock.monotonicMs() - startMs) / 1000);
    });
  }

  /** The same as data. */
  async families(): Promise<readonly MetricFamily[]> {
    return (await this.#registry.getMetricsAsJSON()).map(metricFamily);
  }

  /** The text exposition format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }
}

function registerStorage({ storage }: MetricsSources, registers: Registry[]): void {
  const counters: [name: string, help: string, read: (reading: StorageReading) => number][] = [
    ['samples_appended', 'Samples stored.', (reading) => reading.samplesAppended],
    [
      'histograms_appended',
      'Of the samples stored, the native histograms.',
      (reading) => reading.histogramsAppended,
    ],
    [
      'samples_duplicate',
      'Samples that were there already with the same value.',
      (reading) => reading.samplesDuplicate,
    ],
    ['samples_late', 'Samples stored out of order.', (reading) => reading.samplesLate],
    ['commits', 'Durable commits of the log.', (reading) => reading.commits],
    ['blocks_written', 'Blocks written from the head.', (reading) => reading.blocksWritten],
    ['blocks_dropped', 'Blocks dropped past the retention.', (reading) => reading.blocksDropped],
    ['blocks_merged', 'Blocks made of others.', (reading) => reading.blocksMerged],
    ['series_idled', 'Series taken out of memory: nobody sends them.', (reading) => reading.seriesIdled],
    ['series_dropped', 'Series taken out of the index.', (reading) => reading.seriesDropped],
    ['damages', 'Places in storage found damaged and left out.', (reading) => reading.damages],
    [
      'maintenance_failures',
      'Steps of background work that failed.',
      (reading) => reading.maintenanceFailures,
    ],
  ];
  for (const [name, help, read] of counters)
    registerCounter(`promontory_storage_${name}_total`, help, () => read(storage()), registers);
  registerGauge(
    'promontory_storage_series',
    'Series that the database knows.',
    () => storage().series,
    registers,
  );
}

function registerServer(sources: MetricsSources, registers: Registry[]): void {
  registerGauge(
    'promontory_write_requests_in_flight',
    'Writes not answered yet.',
    sources.writeJobsInFlight,
    registers,
  );
  registerGauge(
    'promontory_write_bytes_in_flight',
    'Memory of write bodies in use.',
    sources.writeBytesInFlight,
    registers,
  );
  registerGauge(
    'promontory_queries_running',
    'Queries running or waiting for a thread.',
    sources.queriesRunning,
    registers,
  );
  registerGauge(
    'promontory_query_bytes_in_flight',
    'Memory of query bodies and of answers not yet sent.',
    sources.queryBytesInFlight,
    registers,
  );
  registerGauge(
    'promontory_remote_reads_running',
    'Remote reads that are answered, to the last byte.',
    sources.remoteReadsRunning,
    registers,
  );
  registerGauge(
    'promontory_remote_reads_waiting',
    'Remote reads that wait for another to end.',
    sources.remoteReadsWaiting,
    registers,
  );
  registerNotifications(sources, registers);
  const build = new Gauge({
    name: 'promontory_build_info',
    help: 'Always 1.',
    labelNames: ['version'],
    registers,
  });
  build.set({ version: sources.version }, 1);
}

function registerNotifications({ notifications }: MetricsSources, registers: Registry[]): void {
  registerGauge(
    'promontory_notification_followers',
    'Clients that follow the notifications.',
    () => notifications().followerCount,
    registers,
  );
  registerCounter(
    'promontory_notification_updates_sent_total',
    'Changes handed to followers, each counted once a follower.',
    () => notifications().sentCount,
    registers,
  );
  registerCounter(
    'promontory_notification_updates_dropped_total',
    'Changes that followers had no room for; they were disconnected.',
    () => notifications().droppedCount,
    registers,
  );
}

/** A counter that somebody else counts. */
function registerCounter(name: string, help: string, read: () => number, registers: Registry[]): void {
  const counter: Counter = new Counter({
    name,
    help,
    registers,
    collect: () => {
      counter.reset();
      counter.inc(read());
    },
  });
}

function registerGauge(name: string, help: string, read: () => number, registers: Registry[]): void {
  const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(read()) });
}
