/**
 * Registers new series of nine labels in batches of 2,000, eight batches a commit, as the storage thread does:
 * label bytes, index, pages and fingerprints all go to disk. Prints `name ns/op hash`, an op being a series,
 * then bytes on disk and in memory a series, and what finding them costs.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  allocateSampleBatch,
  encodeLabelBytes,
  LabelFingerprint,
  Labels,
  Matcher,
  SampleBatch,
  walkLabelBytes,
} from '@promontory/model';
import { IndexReader } from './index/index-reader.ts';
import { EMPTY_INDEX_STATE } from './index/index-state-record.ts';
import { SeriesPages } from './index/series-pages.ts';
import { WaitingSeriesCache } from './index/waiting-series.ts';
import { DEFAULT_TSDB_LIMITS } from './options.ts';
import { SeriesRegistry, UNWRITTEN_FINGERPRINTS_MAX } from './series-registry.ts';
import { Store } from './store/store.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SERIES = SMOKE ? 10_000 : Number(process.env['PROMONTORY_BENCH_SERIES'] ?? 1_000_000);
const BATCH = 2000;
const BATCHES_PER_COMMIT = 8;
const METRICS_PER_TARGET = 50;
const FINGERPRINT_KEY = Int32Array.of(1, 2, 3);
const onDamage = (): void => undefined;

function hashText(number: number): string {
  return (Math.imul(number + 1, 2654435761) >>> 0).toString(36).padStart(7, '0');
}

/** A scrape target in a cluster has 50 metrics; each series has a path of its own. */
function labelsOf(series: number): Labels {
  const target = Math.floor(series / METRICS_PER_TARGET);
  const node = Math.floor(target / 12);
  const path = [series, ~series, series ^ 0x5bd1e995].map(hashText).join('').slice(0, 18);
  return Labels.fromEntries([
    ['__name__', `bench_counter_${String(series % METRICS_PER_TARGET).padStart(2, '0')}`],
    ['cluster', 'prod-1'],
    ['code', String(200 + (series % 5))],
    ['instance', `10.${node >> 8}.${node & 255}.${target % 250}:9100`],
    ['job', `team-${target % 20}/api`],
    ['namespace', `team-${target % 20}`],
    ['node', `node-${String(node).padStart(4, '0')}`],
    ['path', `/${path}`],
    ['pod', `api-${hashText(target)}`],
  ]);
}

function makeBatch(firstSeries: number): SampleBatch {
  const fingerprint = new LabelFingerprint(FINGERPRINT_KEY);
  const batch = new SampleBatch(allocateSampleBatch({ samplesMax: BATCH, labelBytesMax: 1 << 20 }));
  for (let series = firstSeries; series < Math.min(SERIES, firstSeries + BATCH); series++) {
    const bytes = encodeLabelBytes(labelsOf(series));
    const view = new DataView(bytes.buffer);
    fingerprint.reset();
    walkLabelBytes(bytes, 0, bytes.length, (span) => fingerprint.add(view, span.messageStart, span.valueEnd));
    batch.addNewSeries(fingerprint.lane0, fingerprint.lane1, fingerprint.lane2, bytes);
  }
  return batch;
}

const directory = mkdtempSync(join(tmpdir(), 'registry-bench-'));
const store = new Store(directory);
store.environment.writeDurably(() => store.putIndexState(EMPTY_INDEX_STATE));

function openRegistry(): SeriesRegistry {
  const limits = {
    seriesMax: 1 << 30,
    seriesPerMetricMax: 0,
    refEndMax: 2 ** 31 - 1,
    unwrittenFingerprintsMax: UNWRITTEN_FINGERPRINTS_MAX,
  };
  return new SeriesRegistry({ store, fingerprintKey: FINGERPRINT_KEY, limits, onDamage });
}

function commit(registry: SeriesRegistry, indexesWaiting: boolean): void {
  store.environment.writeDurably(() => registry.put(indexesWaiting));
  registry.markPut();
}

/** CPU and wall time of the parts that are measured, without making the batches. */
class Spent {
  cpuUs = 0;
  systemUs = 0;
  wallMs = 0;
  longestMs = 0;

  measure(action: () => void): void {
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    action();
    const elapsedMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(cpu);
    this.cpuUs += user + system;
    this.systemUs += system;
    this.wallMs += elapsedMs;
    this.longestMs = Math.max(this.longestMs, elapsedMs);
  }

  print(name: string, count: number, hash: number): void {
    process.stdout.write(`${name} ${((this.cpuUs * 1000) / count).toFixed(1)} ns/op ${hash}\n`);
  }
}

function registerAll(registry: SeriesRegistry): { spent: Spent; hash: number } {
  const spent = new Spent();
  let hash = 0;
  let count = 0;
  for (const batch of batches) {
    spent.measure(() => {
      for (let index = 0; index < batch.newSeriesCount; index++)
        hash = (Math.imul(hash, 31) + registry.refOf(batch, index)) | 0;
      if (++count % BATCHES_PER_COMMIT === 0)
        commit(registry, registry.waitingCount >= DEFAULT_TSDB_LIMITS.waitingSeriesMax);
    });
  }
  spent.measure(() => commit(registry, true));
  return { spent, hash };
}

/** A million series that are known on disk only: what a restart asks for. */
function findAll(registry: SeriesRegistry): void {
  const spent = new Spent();
  let hash = 0;
  for (const batch of batches) {
    spent.measure(() => {
      for (let index = 0; index < batch.newSeriesCount; index++)
        hash = (Math.imul(hash, 31) + registry.refOf(batch, index)) | 0;
    });
  }
  spent.print('find a series on disk', SERIES, hash);
}

function select(): void {
  const pages = new SeriesPages(store, onDamage);
  const waiting = new WaitingSeriesCache(store, 1, onDamage);
  const cases: [string, Matcher[]][] = [
    ['select all by one equality', [new Matcher('=', 'cluster', 'prod-1')]],
    [
      'select one of all by two equalities',
      [new Matcher('=', 'cluster', 'prod-1'), new Matcher('=', 'path', labelsOf(SERIES >> 1).get('path'))],
    ],
    [
      'select a metric without a code',
      [new Matcher('=', '__name__', 'bench_counter_07'), new Matcher('!=', 'code', '203')],
    ],
    ['select a pod by suffix', [new Matcher('=~', 'pod', '.+qz')]],
  ];
  for (const [name, matchers] of cases) {
    const spent = new Spent();
    let count = 0;
    spent.measure(() => {
      const snapshot = store.environment.openSnapshot();
      const state = store.readIndexState(snapshot);
      const parts = { store, snapshot, state, pages, waiting: waiting.open(state, snapshot), onDamage };
      count = new IndexReader(parts).select(matchers).length;
      snapshot.close();
    });
    spent.print(name, 1, count);
  }
}

const batches = Array.from({ length: Math.ceil(SERIES / BATCH) }, (_unused, index) =>
  makeBatch(index * BATCH),
);
globalThis.gc?.();
const before = process.memoryUsage();
let registry = openRegistry();
const { spent, hash } = registerAll(registry);
spent.print('register a new series', SERIES, hash);
globalThis.gc?.();
const after = process.memoryUsage();
const bytes = after.heapUsed + after.external - before.heapUsed - before.external;
process.stdout.write(
  `# ${(statSync(join(directory, 'main', 'data.mdb')).size / SERIES).toFixed(0)} bytes a series in the file, ` +
    `${(bytes / SERIES).toFixed(0)} in memory (table ${(registry.table.memory.byteLength / SERIES).toFixed(0)}); ` +
    `${((spent.wallMs * 1e6) / SERIES).toFixed(0)} ns of wall time a series, ${((spent.systemUs * 1e3) / SERIES).toFixed(0)} ns in the kernel, longest step ${spent.longestMs.toFixed(0)} ms\n`,
);
const opening = new Spent();
opening.measure(() => {
  registry = openRegistry();
});
opening.print('open', 1, registry.nextRef);
findAll(registry);
select();
await store.close();
rmSync(directory, { recursive: true });
