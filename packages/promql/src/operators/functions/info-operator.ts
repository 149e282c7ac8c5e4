/**
 * `info(v, {…})`: series of `v` get the labels of the info series (target_info, unless the selector says otherwise)
 * that has the same instance and job at the step. Labels that the series has itself stay as they are.
 *
 * Which labels a series gets can change from step to step; every distinct result is an output series of its own.
 *
 * As in Prometheus, info series matter only where there is something to describe: of series whose instance or job no
 * described series has, and at steps without any sample, nothing is an error.
 */
import { Labels, METRIC_NAME, type Matcher } from '@promontory/model';
import { executionError } from '../../evaluate/execution-error.ts';
import { formatLabels } from '../../evaluate/format-labels.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import type { InstantSelector } from '../selectors/instant-selector.ts';

const IDENTIFYING_LABELS: ReadonlySet<string> = new Set(['instance', 'job']);

export interface InfoOptions {
  readonly context: QueryContext;
  readonly operand: VectorOperator;
  /** The info series. */
  readonly info: InstantSelector;
  /** What the selector says about the names of info series; series of `v` that fit are info series themselves. */
  readonly nameMatchers: readonly Matcher[];
  /** What it says about other labels: only these are taken, all of them when there are none. */
  readonly dataMatchers: readonly Matcher[];
  readonly stepCount: number;
}

/** The info series of one metric name and identity: which of them counts at each step, or -1. */
interface Candidates {
  readonly seriesAtStep: Int32Array;
  /** When the sample of that series was taken, in seconds. */
  readonly sampleSeconds: Float64Array;
}

/** The series to be described. */
interface Described {
  /** By input series: not 0 at the steps with a sample. */
  readonly presence: readonly Uint8Array[];
  /** Not 0 at the steps where any series has a sample. */
  readonly anyPresence: Uint8Array;
  /** By identifying label: what the series have there, that have it. A label that no series has is not listed. */
  readonly identityValues: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Output {
  readonly series: SeriesMetadata;
  readonly inputIndex: number;
  /** 1 at the steps where the input's sample, if it has one, belongs to this output; null: at all steps. */
  readonly mask: Uint8Array | null;
}

export class InfoOperator implements VectorOperator {
  readonly #options: InfoOptions;
  readonly #dataNames: ReadonlySet<string>;
  #outputs: readonly Output[] | null = null;
  #series: readonly SeriesMetadata[] = [];

  constructor(options: InfoOptions) {
    this.#options = options;
    this.#dataNames = new Set(options.dataMatchers.map(({ name }) => name));
  }

  series(): readonly SeriesMetadata[] {
    this.#join();
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    const output = this.#join()[seriesIndex];
    target.clear();
    if (output === undefined) return;
    this.#options.operand.read(output.inputIndex, target);
    const { mask } = output;
    if (mask === null) return;
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) if (mask[step] === 0) target.remove(step);
    }
  }

  #join(): readonly Output[] {
    if (this.#outputs !== null) return this.#outputs;
    const { context, operand } = this.#options;
    const described = this.#readDescribed();
    const candidates = this.#readInfo(described);
    const outputs: Output[] = [];
    for (const [inputIndex, series] of operand.series().entries()) {
      context.tick();
      const presence = described.presence[inputIndex] ?? described.anyPresence;
      outputs.push(...this.#outputsOf(inputIndex, series, presence, candidates));
    }
    this.#outputs = outputs;
    this.#series = outputs.map(({ series }) => series);
    return outputs;
  }

  #readDescribed(): Described {
    const { context, operand, stepCount } = this.#options;
    const presence: Uint8Array[] = [];
    const anyPresence = new Uint8Array(stepCount);
    const identityValues = new Map<string, Set<string>>();
    const column = context.pool.acquire(stepCount);
    for (const [index, { labels }] of operand.series().entries()) {
      context.checkpoint();
      operand.read(index, column);
      context.budget.hold(Math.ceil(stepCount / 8));
      presence.push(column.kinds.slice());
      if (column.kinds.every((kind) => kind === NO_SAMPLE)) continue;
      for (let step = 0; step < stepCount;) {
        const end = context.blocks.endOf(step, stepCount);
        for (; step < end; step++) anyPresence[step]! |= column.kinds[step]!;
      }
      if (!this.#isInfoSeries(labels)) noteIdentity(labels, identityValues);
    }
    context.pool.release(column);
    return { presence, anyPresence, identityValues };
  }

  /** Identity → metric name → candidates. */
  #readInfo(described: Described): Map<string, Map<string, Candidates>> {
    const { context, info, stepCount } = this.#options;
    const byIdentity = new Map<string, Map<string, Candidates>>();
    const column = context.pool.acquire(stepCount);
    for (const [index, { labels }] of info.series().entries()) {
      context.tick();
      if (!canDescribe(labels, described.identityValues)) continue;
      const { key } = labels.keep(IDENTIFYING_LABELS);
      const byName = byIdentity.get(key) ?? new Map<string, Candidates>();
      byIdentity.set(key, byName);
      const name = labels.get(METRIC_NAME);
      let candidates = byName.get(name);
      if (candidates === undefined) {
        context.budget.hold(stepCount);
        candidates = {
          seriesAtStep: new Int32Array(stepCount).fill(-1),
          sampleSeconds: new Float64Array(stepCount),
        };
        byName.set(name, candidates);
      }
      this.#addCandidate(index, column, candidates, described.anyPresence);
    }
    context.pool.release(column);
    return byIdentity;
  }

  /** The newest sample counts. */
  #addCandidate(index: number, column: StepColumn, candidates: Candidates, anyPresence: Uint8Array): void {
    const { info } = this.#options;
    info.read(index, column);
    if (column.kinds.includes(HISTOGRAM)) {
      throw executionError(`this should be an info metric, with float samples: ${this.#describe(index)}`);
    }
    info.readSampleTimes(index, column);
    for (let step = 0; step < column.stepCount;) {
      const end = column.blocks.endOf(step, column.stepCount);
      for (; step < end; step++) {
        if (column.kinds[step] !== FLOAT || anyPresence[step] === NO_SAMPLE) continue;
        const seconds = column.values[step]!;
        const rival = candidates.seriesAtStep[step]!;
        if (rival >= 0 && candidates.sampleSeconds[step] === seconds) this.#refuse(rival, index, seconds);
        if (rival >= 0 && candidates.sampleSeconds[step]! > seconds) continue;
        candidates.seriesAtStep[step] = index;
        candidates.sampleSeconds[step] = seconds;
      }
    }
  }

  #refuse(rival: number, index: number, seconds: number): never {
    const timestampMs = Math.round(seconds * 1000);
    throw executionError(
      `found duplicate series for info metric: existing ${this.#describe(rival)} @ ${timestampMs}, ` +
        `new ${this.#describe(index)} @ ${timestampMs}`,
    );
  }

  #describe(infoIndex: number): string {
    return formatLabels(this.#options.info.series()[infoIndex]?.labels ?? Labels.empty);
  }

  #outputsOf(
    inputIndex: number,
    series: SeriesMetadata,
    presence: Uint8Array,
    candidates: ReadonlyMap<string, ReadonlyMap<string, Candidates>>,
  ): Output[] {
    const { context, stepCount } = this.#options;
    if (this.#isInfoSeries(series.labels)) return [{ series, inputIndex, mask: null }];
    const matches = [...(candidates.get(series.labels.keep(IDENTIFYING_LABELS).key)?.values() ?? [])];
    const byMatch = new Map<string, Output | null>();
    let lookedAt = -2;
    let output: Output | null = null;
    for (let step = 0; step < stepCount;) {
      const end = context.blocks.endOf(step, stepCount);
      for (; step < end; step++) {
        if (presence[step] === NO_SAMPLE) continue;
        if (lookedAt !== step - 1 || changesAt(matches, step)) {
          const infoIndices = indicesAt(matches, step);
          const key = infoIndices.join();
          const known = byMatch.get(key);
          output = known === undefined ? this.#makeOutput(inputIndex, series, infoIndices) : known;
          byMatch.set(key, output);
        }
        lookedAt = step;
        if (output !== null && output.mask !== null) output.mask[step] = 1;
      }
    }
    return [...byMatch.values()].filter((made) => made !== null);
  }

  /** Not enriched: it would give itself its own labels. */
  #isInfoSeries(labels: Labels): boolean {
    const { nameMatchers } = this.#options;
    const name = labels.get(METRIC_NAME);
    const isPositive = nameMatchers.some(({ operator }) => operator === '=' || operator === '=~');
    return isPositive && nameMatchers.every((matcher) => matcher.matchesValue(name));
  }

  /** @returns null when nothing matched and the selector demands a label */
  #makeOutput(inputIndex: number, series: SeriesMetadata, infoIndices: readonly number[]): Output | null {
    const { context, dataMatchers, stepCount } = this.#options;
    if (infoIndices.length === 0 && !dataMatchers.every((matcher) => matcher.matchesValue(''))) return null;
    context.budget.holdBytes(stepCount);
    const labels = this.#enrich(series.labels, infoIndices);
    context.budget.holdSeries(labels);
    return { series: { labels, dropName: series.dropName }, inputIndex, mask: new Uint8Array(stepCount) };
  }

  #enrich(base: Labels, infoIndices: readonly number[]): Labels {
    const added = new Map<string, string>();
    for (const index of infoIndices) {
      const info = this.#options.info.series()[index]?.labels ?? Labels.empty;
      for (const [name, value] of info.entries()) {
        if (name === METRIC_NAME || (this.#dataNames.size > 0 && !this.#dataNames.has(name))) continue;
        const known = added.get(name);
        if (known !== undefined && known !== value) throw executionError(`conflicting label: ${name}`);
        if (!base.has(name)) added.set(name, value);
      }
    }
    let labels = base;
    for (const [name, value] of added) labels = labels.with(name, value);
    return labels;
  }
}

function noteIdentity(labels: Labels, identityValues: Map<string, Set<string>>): void {
  for (const name of IDENTIFYING_LABELS) {
    const value = labels.get(name);
    if (value === '') continue;
    const values = identityValues.get(name) ?? new Set();
    identityValues.set(name, values.add(value));
  }
}

function canDescribe(labels: Labels, identityValues: Described['identityValues']): boolean {
  return (
    identityValues.size > 0 && [...identityValues].every(([name, values]) => values.has(labels.get(name)))
  );
}

/** Whether other info series count at the step than at the one before. */
function changesAt(matches: readonly Candidates[], step: number): boolean {
  for (const { seriesAtStep } of matches) if (seriesAtStep[step] !== seriesAtStep[step - 1]) return true;
  return false;
}

function indicesAt(matches: readonly Candidates[], step: number): number[] {
  return matches.map(({ seriesAtStep }) => seriesAtStep[step]!).filter((index) => index >= 0);
}
