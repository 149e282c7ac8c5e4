/**
 * What writers say about metrics: type, unit and help. Several writers may say different things about one
 * metric; each saying is kept once, up to a bound a metric and a bound in all, and forgotten when no one has
 * repeated it for the length of the retention.
 *
 * Writers repeat themselves with every request, so the writing thread keeps the keys in memory: a repetition
 * costs a look-up, and a write only once an hour.
 */
import { WorkTicker } from '@promontory/base';
import type { MetricMetadata } from '@promontory/model';
import type { WorkOptions } from '../read/work-options.ts';
import { isIntactUnderKey } from '../store/checksum.ts';
import type { OnDamage } from '../store/damage.ts';
import { KEY_END, KEY_START, keyAfterPrefix, textKeyPart } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import { decodeMetadata, encodeMetadata, metadataKey, metricNameOfKey } from './metadata-record.ts';

const REPORT_INTERVAL_MS = 3600 * 1000;
/** Sayings about one metric; the one that was longest not repeated goes first. */
export const METADATA_PER_METRIC_MAX = 10;
/** Sayings in all: a bound on memory and disk against senders that invent names. Their texts have a bound, too. */
const METADATA_MAX = 200_000;

interface Saying {
  readonly key: Buffer;
  readonly metadata: MetricMetadata;
  reportedMs: number;
  /** Of its texts. */
  readonly bytes: number;
}

/** The writing thread's side. */
export class MetadataWriter {
  readonly #store: Store;
  /** Of texts: names, units and helps. */
  readonly #bytesMax: number;
  /** Metric name → what is said about it. */
  readonly #sayings = new Map<string, Saying[]>();
  #count = 0;
  #bytes = 0;
  #changed = new Set<Saying>();
  #removed: Buffer[] = [];

  /** @param bytesMax of texts; 0 to store none */
  constructor(store: Store, bytesMax: number, onDamage: OnDamage) {
    this.#store = store;
    this.#bytesMax = bytesMax;
    for (const { metricName, key, metadata, reportedMs } of walkMetadata(
      store,
      undefined,
      undefined,
      onDamage,
    ))
      this.#insert(metricName, { key, metadata, reportedMs, bytes: textBytes(metricName, metadata) });
  }

  get hasPending(): boolean {
    return this.#changed.size > 0 || this.#removed.length > 0;
  }

  /**
   * @param metadata checked by `checkMetadata`
   * @returns false when there are as many sayings, or bytes of them, as there may be
   */
  add(metricName: string, metadata: MetricMetadata, nowMs: number): boolean {
    const sayings = this.#sayings.get(metricName) ?? [];
    const known = sayings.find((saying) => isSame(saying.metadata, metadata));
    if (known !== undefined) {
      if (nowMs - known.reportedMs < REPORT_INTERVAL_MS) return true;
      known.reportedMs = nowMs;
      this.#changed.add(known);
      return true;
    }
    if (this.#bytesMax === 0) return true;
    const bytes = textBytes(metricName, metadata);
    const replaced = sayings.length >= METADATA_PER_METRIC_MAX ? oldestOf(sayings) : undefined;
    if (replaced === undefined && this.#count >= METADATA_MAX) return false;
    if (this.#bytes - (replaced?.bytes ?? 0) + bytes > this.#bytesMax) return false;
    if (replaced !== undefined) {
      sayings.splice(sayings.indexOf(replaced), 1);
      this.#remove(replaced);
    }
    const saying = { key: metadataKey(metricName, metadata), metadata, reportedMs: nowMs, bytes };
    this.#insert(metricName, saying);
    this.#changed.add(saying);
    return true;
  }

  /** Why `add` did not take it. */
  refusal(metricName: string): string {
    return `metadata of metric ${JSON.stringify(metricName.slice(0, 200))} is new, and there are ${this.#count} of ${METADATA_MAX} in all with ${this.#bytes} of ${this.#bytesMax} bytes of texts (metadataBytesMax)`;
  }

  /** Forgets what was not repeated since `beforeMs`, at the next commit. */
  forget(beforeMs: number): void {
    for (const [metricName, sayings] of this.#sayings) {
      const kept = sayings.filter((saying) => saying.reportedMs >= beforeMs);
      if (kept.length === sayings.length) continue;
      for (const saying of sayings) if (saying.reportedMs < beforeMs) this.#remove(saying);
      if (kept.length === 0) this.#sayings.delete(metricName);
      else this.#sayings.set(metricName, kept);
    }
  }

  /** Inside a write transaction; then `markStored`. */
  putPending(): void {
    for (const key of this.#removed) this.#store.metadata.remove(key);
    for (const { key, metadata, reportedMs } of this.#changed)
      this.#store.metadata.put(key, encodeMetadata(key, metadata, reportedMs));
  }

  /** The transaction of `putPending` is on disk. */
  markStored(): void {
    this.#changed.clear();
    this.#removed = [];
  }

  #insert(metricName: string, saying: Saying): void {
    const sayings = this.#sayings.get(metricName);
    if (sayings === undefined) this.#sayings.set(metricName, [saying]);
    else sayings.push(saying);
    this.#count++;
    this.#bytes += saying.bytes;
  }

  /** What was not stored yet of it must not come back. */
  #remove(removed: Saying): void {
    this.#changed.delete(removed);
    this.#removed.push(removed.key);
    this.#count--;
    this.#bytes -= removed.bytes;
  }
}

function oldestOf(sayings: readonly Saying[]): Saying | undefined {
  let oldest = sayings[0];
  for (const saying of sayings) if (saying.reportedMs < (oldest?.reportedMs ?? 0)) oldest = saying;
  return oldest;
}

function textBytes(metricName: string, { unit, help }: MetricMetadata): number {
  return Buffer.byteLength(metricName) + Buffer.byteLength(unit) + Buffer.byteLength(help);
}

export interface MetadataOptions extends WorkOptions {
  /** Only this metric; without it all. */
  readonly metricName?: string;
  /** At most this many metrics, 0 for all. */
  readonly metricsMax: number;
  /** At most this many sayings a metric, 0 for all. */
  readonly sayingsPerMetricMax: number;
}

/** Metric name → what is said about it, the latest repeated first; names ascend by bytes. */
export function readMetadata(
  store: Store,
  snapshot: LmdbSnapshot,
  options: MetadataOptions,
  onDamage: OnDamage,
): Map<string, MetricMetadata[]> {
  const ticker = new WorkTicker(options.checkpoint);
  const byMetric = new Map<string, { metadata: MetricMetadata; reportedMs: number }[]>();
  for (const { metricName, metadata, reportedMs } of walkMetadata(
    store,
    snapshot,
    options.metricName,
    onDamage,
  )) {
    ticker.tick();
    const sayings = byMetric.get(metricName);
    if (sayings !== undefined) sayings.push({ metadata, reportedMs });
    else if (options.metricsMax > 0 && byMetric.size === options.metricsMax) break;
    else byMetric.set(metricName, [{ metadata, reportedMs }]);
  }
  const { sayingsPerMetricMax } = options;
  const answer = new Map<string, MetricMetadata[]>();
  for (const [metricName, sayings] of byMetric) {
    const latestFirst = sayings.sort((left, right) => right.reportedMs - left.reportedMs);
    const kept = sayingsPerMetricMax > 0 ? latestFirst.slice(0, sayingsPerMetricMax) : latestFirst;
    answer.set(
      metricName,
      kept.map(({ metadata }) => metadata),
    );
  }
  return answer;
}

interface MetadataEntry {
  readonly metricName: string;
  readonly key: Buffer;
  readonly metadata: MetricMetadata;
  readonly reportedMs: number;
}

function* walkMetadata(
  store: Store,
  snapshot: LmdbSnapshot | undefined,
  onlyMetric: string | undefined,
  onDamage: OnDamage,
): Generator<MetadataEntry> {
  const start = onlyMetric === undefined ? KEY_START : textKeyPart(onlyMetric);
  const end = onlyMetric === undefined ? KEY_END : keyAfterPrefix(start);
  for (const { key, value } of store.metadata.range(start, end, snapshot)) {
    const metricName = metricNameOfKey(key);
    if (isIntactUnderKey(key, value)) yield { metricName, key, ...decodeMetadata(value) };
    else onDamage({ what: 'metadata', where: metricName, reason: 'checksum differs' });
  }
}

function isSame(left: MetricMetadata, right: MetricMetadata): boolean {
  return left.type === right.type && left.unit === right.unit && left.help === right.help;
}
