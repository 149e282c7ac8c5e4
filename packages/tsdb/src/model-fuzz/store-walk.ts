/**
 * A walk through a database's life at random: writes of every kind, background work, restarts, backups, deletions,
 * steps of the clock; a model of plain maps walks along, and now and then everything that can be read is compared with
 * it.
 */
import { rm } from 'node:fs/promises';
import { errorCode, ManualClock, SeededRandom } from '@promontory/base';
import { Labels, Matcher } from '@promontory/model';
import {
  type Appender,
  DEFAULT_TSDB_LIMITS,
  errorCodes,
  openTsdb,
  restoreTsdb,
  type Tsdb,
  type TsdbLimits,
  type TsdbSeriesSet,
} from '../index.ts';
import {
  pick,
  randomFloatWords,
  randomHistogram,
  randomMatchers,
  randomMetadata,
  randomSeries,
  randomStartMs,
  randomTimeMs,
} from './random-writes.ts';
import { type KnownSeries, listDifferences, nameDifferences, queryDifferences } from './query-differences.ts';
import {
  type DeletedCounts,
  differences,
  type ModelEntry,
  type ModelExemplar,
  StoreModel,
} from './store-model.ts';
import {
  EVER,
  exemplarText,
  floatText,
  histogramText,
  readContents,
  readSet,
  type SeriesSamples,
} from './stored-contents.ts';

const START_MS = 1_763_700_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The default life of a set. */
const READ_MS_MAX = 10 * MINUTE_MS;
const BATCH_ENTRIES_MAX = 40;
const QUERIES_PER_COMPARISON = 3;
/** Enough for all that may wait after any number of operations. */
const IDLE_STEPS_MAX = 5000;

/** What was appended and is not committed. */
interface Batch {
  readonly appender: Appender;
  readonly entries: ModelEntry[];
}

interface HeldSet {
  readonly set: TsdbSeriesSet;
  readonly contents: Map<string, SeriesSamples>;
  /** Of the monotonic clock. */
  readonly openedMs: number;
}

export interface WalkSummary {
  readonly samples: number;
  readonly samplesDeleted: number;
  readonly rejections: ReadonlySet<string>;
  readonly blocksWritten: number;
  readonly blocksMerged: number;
  readonly blocksDropped: number;
  readonly seriesIdled: number;
  readonly seriesDropped: number;
}

function randomLimits(random: SeededRandom): TsdbLimits {
  return {
    ...DEFAULT_TSDB_LIMITS,
    retentionMs: pick(random, [HOUR_MS, 6 * HOUR_MS, 48 * HOUR_MS]),
    retentionBytesMax: pick(random, [0, 0, 0, 600_000]),
    outOfOrderWindowMs: pick(random, [0, MINUTE_MS, HOUR_MS, 48 * HOUR_MS]),
    logBytesMax: pick(random, [1500, 6000, 40_000]),
    headBytesMax: 1 << 24,
    seriesMax: 1 << 20,
    waitingSeriesMax: pick(random, [1, 7, 60]),
    seriesIdleMs: pick(random, [MINUTE_MS, 10 * MINUTE_MS]),
    exemplarsMax: pick(random, [0, 7, 1000]),
    generationAgeMsMax: 20 * MINUTE_MS,
  };
}

/** @throws Error naming the first differences */
export async function walkThroughStore(
  directory: string,
  seed: number,
  operations: number,
): Promise<WalkSummary> {
  const random = new SeededRandom(seed);
  const limits = randomLimits(random);
  const clock = new ManualClock(START_MS);
  const walk = new StoreWalk(directory, random, limits, clock, await openTsdb({ directory, limits, clock }));
  try {
    for (let operation = 0; operation < operations; operation++) await walk.step();
    await walk.finish();
  } finally {
    await walk.close();
  }
  return walk.summary;
}

class StoreWalk {
  readonly #random: SeededRandom;
  readonly #limits: TsdbLimits;
  readonly #clock: ManualClock;
  readonly #model: StoreModel;
  readonly #labels = new Map<string, Labels>();
  readonly #history: string[] = [];
  /** Every sample that ever was there: a held set may see those that came after it. */
  readonly #everStored = new Map<string, SeriesSamples>();
  readonly #rejections = new Set<string>();
  readonly #totals = new Map<string, number>();
  readonly #value = new Float64Array(1);
  readonly #valueWords = new Int32Array(this.#value.buffer);
  #directory: string;
  #tsdb: Tsdb;
  #batch: Batch | null = null;
  #held: HeldSet | null = null;
  #retentionRanMs = Number.NEGATIVE_INFINITY;
  #blocksDroppedCompared = 0;
  #seriesDroppedCompared = 0;
  #samples = 0;
  #samplesDeleted = 0;

  constructor(directory: string, random: SeededRandom, limits: TsdbLimits, clock: ManualClock, tsdb: Tsdb) {
    this.#directory = directory;
    this.#random = random;
    this.#limits = limits;
    this.#clock = clock;
    this.#model = new StoreModel(limits);
    this.#tsdb = tsdb;
  }

  get summary(): WalkSummary {
    this.#addTotals();
    const total = (name: string): number => this.#totals.get(name) ?? 0;
    return {
      samples: this.#samples,
      samplesDeleted: this.#samplesDeleted,
      rejections: this.#rejections,
      blocksWritten: total('blocksWritten'),
      blocksMerged: total('blocksMerged'),
      blocksDropped: total('blocksDropped'),
      seriesIdled: total('seriesIdled'),
      seriesDropped: total('seriesDropped'),
    };
  }

  async step(): Promise<void> {
    const kinds: readonly (readonly [weight: number, name: string, action: () => Promise<void> | void])[] = [
      [30, 'append', () => this.#append()],
      [25, 'commit', () => this.#commit()],
      [10, 'annotate', () => this.#annotate()],
      [12, 'maintain', () => this.#maintain(1 + this.#random.nextInt(20))],
      [3, 'maintain all', () => this.#maintainAll()],
      [3, 'flush', () => this.#roomFor(() => this.#tsdb.flush())],
      [2, 'reopen', () => this.#reopen(this.#directory)],
      [1, 'restore', () => this.#restore()],
      [2, 'delete', () => this.#delete()],
      [14, 'time', () => this.#passTime()],
      [1, 'set clock', () => this.#setClock()],
      [8, 'hold', () => this.#hold()],
      [12, 'compare', () => this.#compare()],
    ];
    let at = this.#random.nextInt(kinds.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, name, action] of kinds) {
      at -= weight;
      if (at >= 0) continue;
      this.#history.push(name);
      await action();
      return;
    }
  }

  async finish(): Promise<void> {
    await this.#commit();
    this.#compare();
    await this.#maintainAll();
    this.#compare();
    await this.#reopen(this.#directory);
    this.#compare();
    await this.#tsdb.flush();
    this.#compare();
  }

  async close(): Promise<void> {
    await this.#tsdb.close();
  }

  #append(): void {
    this.#batch ??= { appender: this.#tsdb.appender(), entries: [] };
    const nowMs = this.#clock.nowMs();
    for (let count = this.#random.nextInt(BATCH_ENTRIES_MAX); count > 0; count--) {
      const labels = randomSeries(this.#random, nowMs);
      const series = labels.toString();
      this.#labels.set(series, labels);
      this.#appendOne(this.#batch, labels, series, randomTimeMs(this.#random, nowMs, this.#limits));
    }
  }

  #appendOne(batch: Batch, labels: Labels, series: string, timestampMs: number): void {
    const startMs = randomStartMs(this.#random, timestampMs);
    if (this.#random.nextInt(4) === 0) {
      const histogram = randomHistogram(this.#random);
      batch.appender.appendHistogram(labels, timestampMs, histogram, startMs);
      batch.entries.push({ series, timestampMs, sample: { value: histogramText(histogram), startMs } });
      return;
    }
    const [low, high] = randomFloatWords(this.#random);
    this.#valueWords.set([low, high]);
    // Straight from the typed array: a NaN that goes through a variable may lose its bits.
    batch.appender.append(labels, timestampMs, this.#value[0]!, startMs);
    batch.entries.push({ series, timestampMs, sample: { value: floatText(low, high), startMs } });
  }

  async #commit(): Promise<void> {
    const batch = this.#batch;
    if (batch === null) return;
    this.#batch = null;
    const result = await this.#roomFor(() => batch.appender.commit());
    const wanted = this.#model.commit(batch.entries, this.#clock.nowMs());
    const rejections = new Map(result.rejections.map(({ code, count }) => [code, count]));
    for (const code of rejections.keys()) this.#rejections.add(code);
    this.#samples += result.samplesWritten;
    this.#mustAgree('commit', [
      ...mapDifferences(rejections, wanted.rejections),
      ...mapDifferences(
        new Map([['written', result.samplesWritten]]),
        new Map([['written', wanted.samplesWritten]]),
      ),
    ]);
  }

  /** Exemplars and metadata, committed at once; which exemplars make room for them depends on those that are there. */
  async #annotate(): Promise<void> {
    this.#compare();
    const nowMs = this.#clock.nowMs();
    const appender = this.#tsdb.appender();
    const exemplars: ModelExemplar[] = [];
    for (let count = this.#random.nextInt(5); count > 0; count--) {
      const timestampMs = nowMs - this.#random.nextInt(40) * 7000;
      const known =
        this.#model.exemplarAt(timestampMs) ?? exemplars.find((each) => each.timestampMs === timestampMs);
      const labels = known === undefined ? randomSeries(this.#random, nowMs) : this.#labels.get(known.series);
      if (labels === undefined) throw new Error('series of an exemplar is not known');
      this.#labels.set(labels.toString(), labels);
      const exemplar = {
        timestampMs,
        value: timestampMs % 1000,
        labels: Labels.fromObject({ trace: `t${timestampMs}` }),
      };
      appender.appendExemplar(labels, exemplar);
      exemplars.push({ series: labels.toString(), timestampMs, text: exemplarText(exemplar) });
    }
    const [metric, metadata] = randomMetadata(this.#random);
    appender.appendMetadata(metric, metadata);
    const { rejections } = await this.#roomFor(() => appender.commit());
    this.#mustAgree(
      'annotations',
      rejections.map(({ example }) => `refused: ${example}`),
    );
    for (const { series } of exemplars) this.#model.register(series);
    this.#model.addExemplars(exemplars);
    this.#model.addMetadata(metric, metadata, nowMs);
  }

  /** @returns whether there may be more to do */
  async #maintain(steps: number): Promise<boolean> {
    let isBusy = true;
    for (let step = 0; step < steps && isBusy; step++) {
      const oldestMs = this.#clock.nowMs() - this.#limits.retentionMs;
      this.#retentionRanMs = Math.max(this.#retentionRanMs, oldestMs);
      isBusy = await this.#tsdb.maintain();
    }
    const { blocksDropped, seriesDropped } = this.#tsdb.statistics;
    const dropped =
      blocksDropped > this.#blocksDroppedCompared || seriesDropped > this.#seriesDroppedCompared;
    // What was dropped may be written again: what is gone has to be known before.
    if (dropped) this.#compare();
    return isBusy;
  }

  async #maintainAll(): Promise<void> {
    if (await this.#maintain(IDLE_STEPS_MAX)) throw new Error('background work never ends');
    if (this.#batch === null) this.#model.settle();
  }

  /** What open sets hold may be missing for new samples: then the held one is closed. */
  async #roomFor<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (errorCode(error) !== errorCodes.ERR_HEAD_FULL || this.#held === null) throw error;
      this.#checkHeld();
      await this.#maintainAll();
      return await action();
    }
  }

  /** Goes on with what comes out of a backup. */
  async #restore(): Promise<void> {
    const backupDirectory = `${this.#directory}-backup`;
    const directory = `${this.#directory}-restored`;
    const former = this.#directory;
    await this.#roomFor(() => this.#tsdb.backup(backupDirectory));
    await restoreTsdb({ backupDirectory, directory });
    await this.#reopen(directory);
    await rm(backupDirectory, { recursive: true });
    await rm(former, { recursive: true });
  }

  /** A dry run and the deletion count the same; what may be written again is known afterwards. */
  async #delete(): Promise<void> {
    this.#compare();
    const known = Array.from(this.#model.series.keys(), (series) => this.#mustKnow(series));
    const metric = new Matcher('=', '__name__', `metric-${this.#random.nextInt(5)}`);
    const matchers = [metric, ...randomMatchers(this.#random, known)];
    const range = this.#randomRange();
    const options = { ...range, matcherSets: [matchers] };
    const counted = await this.#roomFor(() => this.#tsdb.deleteSamples({ ...options, dryRun: true }));
    this.#compare();
    const deleted = await this.#tsdb.deleteSamples(options);
    const wanted = this.#model.delete((series) => matchersMatch(matchers, this.#mustKnow(series)), range);
    this.#mustAgree(`deletion of ${matchers.join()} ${JSON.stringify(range)}`, [
      ...listDifferences('dry run', [counted], [deleted]),
      ...listDifferences('counts', countsOf(deleted), countsOf(wanted)),
    ]);
    this.#samplesDeleted += deleted.floatCount + deleted.histogramCount;
    this.#compare();
  }

  async #reopen(directory: string): Promise<void> {
    this.#batch = null;
    this.#held = null;
    this.#compare();
    this.#addTotals();
    await this.#tsdb.close();
    const { damages } = this.#tsdb;
    this.#mustAgree(
      'damages',
      damages.map((damage) => JSON.stringify(damage)),
    );
    this.#blocksDroppedCompared = 0;
    this.#seriesDroppedCompared = 0;
    this.#directory = directory;
    this.#tsdb = await openTsdb({ directory, limits: this.#limits, clock: this.#clock });
  }

  #addTotals(): void {
    for (const [name, count] of Object.entries<number>({ ...this.#tsdb.statistics }))
      this.#totals.set(name, (this.#totals.get(name) ?? 0) + count);
  }

  #passTime(): void {
    const random = this.#random;
    const farMs = random.nextInt(this.#limits.retentionMs / 2);
    this.#clock.advance(pick(random, [1000, 15_000, random.nextInt(10 * MINUTE_MS), farMs]));
  }

  #setClock(): void {
    const stepMs = this.#random.nextInt(2 * HOUR_MS) - HOUR_MS;
    this.#clock.setWallClock(this.#clock.nowMs() + stepMs);
  }

  /** Holds a set while all goes on, and looks at it later. */
  #hold(): void {
    if (this.#held !== null) {
      this.#checkHeld();
      return;
    }
    this.#compare();
    const set = this.#tsdb.select({ ...EVER, matchers: [] });
    const contents = new Map(Array.from(this.#model.series, ([name, samples]) => [name, new Map(samples)]));
    this.#held = { set, contents, openedMs: this.#clock.monotonicMs() };
  }

  /** What was there is there still; what came since may be seen, when it was stored at some time. */
  #checkHeld(): void {
    if (this.#held === null) return;
    const { set, contents, openedMs } = this.#held;
    this.#held = null;
    if (this.#clock.monotonicMs() - openedMs > READ_MS_MAX) {
      const isRefused = contents.size === 0 || codeOf(() => readSet(set)) === errorCodes.ERR_READ_EXPIRED;
      this.#mustAgree('the set that was held too long', isRefused ? [] : ['can still be read']);
      return;
    }
    const found: string[] = [];
    const actual = readSet(set, EVER, true);
    for (const [series, samples] of actual) {
      const wanted = contents.get(series);
      const known = new Map([
        ...(this.#everStored.get(series) ?? []),
        ...(this.#model.series.get(series) ?? []),
        ...(wanted ?? []),
      ]);
      if (wanted === undefined) found.push(`invented series ${series}`);
      else {
        for (const timestampMs of this.#rewrittenTimes(series, wanted)) {
          samples.delete(timestampMs);
          known.delete(timestampMs);
        }
        found.push(...differences(series, samples, known, (timestampMs) => !wanted.has(timestampMs)));
      }
    }
    for (const series of contents.keys()) if (!actual.has(series)) found.push(`lost series ${series}`);
    set.close();
    this.#mustAgree('the set that was held', found);
  }

  /** When a sample was deleted and another one was written: a set from before may see either. */
  #rewrittenTimes(series: string, held: SeriesSamples): number[] {
    const later = [this.#everStored.get(series), this.#model.series.get(series)];
    return Array.from(held)
      .filter(([time, { value, startMs }]) =>
        later
          .map((samples) => samples?.get(time))
          .some((sample) => sample !== undefined && (sample.value !== value || sample.startMs !== startMs)),
      )
      .map(([time]) => time);
  }

  #compare(): void {
    this.#remember();
    const { blocksDropped, seriesDropped } = this.#tsdb.statistics;
    const surplus = this.#limits.retentionBytesMax > 0 && blocksDropped > this.#blocksDroppedCompared;
    const found = this.#model.adopt(readContents(this.#tsdb), {
      beforeMs: this.#retentionRanMs,
      surplus,
      seriesDropped: seriesDropped - this.#seriesDroppedCompared,
    });
    this.#mustAgree('contents', found);
    this.#blocksDroppedCompared = blocksDropped;
    this.#seriesDroppedCompared = seriesDropped;
    const known = Array.from(this.#model.series, ([series, samples]) => ({
      labels: this.#mustKnow(series),
      samples,
    }));
    for (let query = 0; query < QUERIES_PER_COMPARISON; query++) this.#compareQuery(known);
    this.#mustAgree('names', nameDifferences(this.#tsdb, known));
  }

  #remember(): void {
    for (const [series, samples] of this.#model.series) {
      const ever = this.#everStored.get(series) ?? new Map();
      for (const [timestampMs, sample] of samples) ever.set(timestampMs, sample);
      this.#everStored.set(series, ever);
    }
  }

  #compareQuery(known: readonly KnownSeries[]): void {
    const matchers = randomMatchers(
      this.#random,
      known.map(({ labels }) => labels),
    );
    const range = this.#randomRange();
    this.#mustAgree(
      `query ${matchers.join()} ${JSON.stringify(range)}`,
      queryDifferences(this.#tsdb, known, matchers, range),
    );
  }

  #randomRange(): typeof EVER {
    const rangeEndMsInclusive = randomTimeMs(this.#random, this.#clock.nowMs(), this.#limits);
    return {
      rangeStartMsInclusive: rangeEndMsInclusive - this.#random.nextInt(2 * HOUR_MS),
      rangeEndMsInclusive,
    };
  }

  #mustKnow(series: string): Labels {
    const labels = this.#labels.get(series);
    if (labels === undefined) throw new Error(`series ${series} was never written`);
    return labels;
  }

  #mustAgree(what: string, found: readonly string[]): void {
    if (found.length === 0) return;
    const { retentionMs, retentionBytesMax, outOfOrderWindowMs } = this.#limits;
    throw new Error(
      [
        `${what} after ${this.#history.length} operations (${this.#history.slice(-12).join(', ')}):`,
        ...found.slice(0, 8),
        JSON.stringify({ retentionMs, retentionBytesMax, outOfOrderWindowMs, nowMs: this.#clock.nowMs() }),
      ].join('\n'),
    );
  }
}

function matchersMatch(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matches(labels));
}

function countsOf(counts: DeletedCounts): number[] {
  return [counts.seriesCount, counts.floatCount, counts.histogramCount];
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

function mapDifferences(actual: ReadonlyMap<string, number>, wanted: ReadonlyMap<string, number>): string[] {
  const keys = new Set([...actual.keys(), ...wanted.keys()]);
  return Array.from(keys).flatMap((key) =>
    listDifferences(key, [actual.get(key) ?? 0], [wanted.get(key) ?? 0]),
  );
}
