/** What tests of the registry share: a registry on a store of its own, and readers of what it committed. */
import {
  allocateSampleBatch,
  encodeLabelBytes,
  LabelFingerprint,
  Labels,
  SampleBatch,
  walkLabelBytes,
} from '@promontory/model';
import { IndexReader } from './index/index-reader.ts';
import { EMPTY_INDEX_STATE } from './index/index-state-record.ts';
import { SeriesPages } from './index/series-pages.ts';
import { WaitingSeriesCache } from './index/waiting-series.ts';
import { type SeriesLimits, SeriesRegistry } from './series-registry.ts';
import type { Damage } from './store/damage.ts';
import { Store } from './store/store.ts';

const FINGERPRINT_KEY = Int32Array.of(11, 22, 33);
const LIMITS: SeriesLimits = {
  seriesMax: 1 << 20,
  seriesPerMetricMax: 0,
  refEndMax: 2 ** 31,
  unwrittenFingerprintsMax: 1 << 16,
};

/** Series of a few metrics; some lack a label, a few have a long one. */
export function seriesLabels(series: number): Labels {
  return Labels.fromEntries([
    ['__name__', `m${series % 5}`],
    ['all', 'yes'],
    ['code', series % 3 === 0 ? '' : String(200 + (series % 4))],
    ['extra', series % 97 === 0 ? 'x'.repeat(900) + series : ''],
    ['path', `/p${series}`],
    ['zone', `z${series % 6}`],
  ]);
}

export class RegistryHarness {
  registry: SeriesRegistry;
  store: Store;
  readonly damages: Damage[] = [];
  readonly #directory: string;
  readonly #limits: SeriesLimits;
  readonly #batch = new SampleBatch(allocateSampleBatch({ samplesMax: 16, labelBytesMax: 1 << 18 }));
  readonly #fingerprint = new LabelFingerprint(FINGERPRINT_KEY);
  #pages: SeriesPages;
  #waiting: WaitingSeriesCache;

  constructor(directory: string, limits: Partial<SeriesLimits> = {}) {
    this.#directory = directory;
    this.#limits = { ...LIMITS, ...limits };
    this.store = new Store(directory);
    this.store.environment.writeDurably(() => this.store.putIndexState(EMPTY_INDEX_STATE));
    this.registry = this.#open();
    this.#pages = new SeriesPages(this.store, this.onDamage);
    this.#waiting = new WaitingSeriesCache(this.store, 1, this.onDamage);
  }

  readonly onDamage = (damage: Damage): void => {
    this.damages.push(damage);
  };

  /** The ref, 0 when it was refused: `refusal` has the code and the text then. */
  register(labels: Labels): number {
    return this.registry.refOf(this.#fill(labels), 0);
  }

  refusal(labels: Labels): { readonly code: string; readonly text: string } {
    const { code, why } = this.registry.refusal(encodeLabelBytes(labels));
    return { code, text: why() };
  }

  lanes(labels: Labels): [number, number, number] {
    const batch = this.#fill(labels);
    return [batch.newSeriesLane(0, 0), batch.newSeriesLane(0, 1), batch.newSeriesLane(0, 2)];
  }

  commit(indexesWaiting: boolean): void {
    this.store.environment.writeDurably(() => this.registry.put(indexesWaiting));
    this.registry.markPut();
  }

  read<T>(action: (reader: IndexReader) => T): T {
    const snapshot = this.store.environment.openSnapshot();
    const state = this.store.readIndexState(snapshot);
    const waiting = this.#waiting.open(state, snapshot);
    const { store, onDamage } = this;
    try {
      return action(new IndexReader({ store, snapshot, state, pages: this.#pages, waiting, onDamage }));
    } finally {
      snapshot.close();
    }
  }

  /** What was not committed is lost. */
  async reopen(): Promise<void> {
    await this.store.close();
    this.store = new Store(this.#directory);
    this.registry = this.#open();
    this.freshReaders();
  }

  /** Readers that remember nothing. */
  freshReaders(): void {
    this.#pages = new SeriesPages(this.store, this.onDamage);
    this.#waiting = new WaitingSeriesCache(this.store, 1, this.onDamage);
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  #open(): SeriesRegistry {
    const { store, onDamage } = this;
    return new SeriesRegistry({ store, fingerprintKey: FINGERPRINT_KEY, limits: this.#limits, onDamage });
  }

  #fill(labels: Labels): SampleBatch {
    const bytes = encodeLabelBytes(labels);
    const view = new DataView(bytes.buffer);
    const fingerprint = this.#fingerprint;
    fingerprint.reset();
    walkLabelBytes(bytes, 0, bytes.length, (span) => fingerprint.add(view, span.messageStart, span.valueEnd));
    this.#batch.clear();
    this.#batch.addNewSeries(fingerprint.lane0, fingerprint.lane1, fingerprint.lane2, bytes);
    return this.#batch;
  }
}
