/**
 * `info(v, {…})`: series of `v` get the labels of the info series (target_info, unless the selector says otherwise)
 * that has the same instance and job at the step. Labels that the series has itself stay as they are.
 *
 * Which labels a series gets can change from step to step; every distinct result is an output series of its own.
 */
import { Labels, METRIC_NAME, type Matcher } from '@promontory/model';
import { executionError } from '../../evaluate/execution-error.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, type StepColumn } from '../../evaluate/step-column.ts';
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

interface Output {
  readonly series: SeriesMetadata;
  readonly inputIndex: number;
  /** 1 at the steps where the input's sample, if it has one, belongs to this output. */
  readonly mask: Uint8Array;
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
    for (let step = 0; step < target.stepCount; step++) if (output.mask[step] === 0) target.remove(step);
  }

  #join(): readonly Output[] {
    if (this.#outputs !== null) return this.#outputs;
    const { context, operand } = this.#options;
    const candidates = this.#readInfo();
    const outputs: Output[] = [];
    for (const [inputIndex, series] of operand.series().entries()) {
      context.tick();
      outputs.push(...this.#outputsOf(inputIndex, series, candidates));
    }
    this.#outputs = outputs;
    this.#series = outputs.map(({ series }) => series);
    return outputs;
  }

  /** Identity → metric name → candidates. */
  #readInfo(): Map<string, Map<string, Candidates>> {
    const { context, info, stepCount } = this.#options;
    const byIdentity = new Map<string, Map<string, Candidates>>();
    const column = context.pool.acquire(stepCount);
    for (const [index, { labels }] of info.series().entries()) {
      context.tick();
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
      this.#addCandidate(index, column, candidates);
    }
    context.pool.release(column);
    return byIdentity;
  }

  /** The newest sample counts. */
  #addCandidate(index: number, column: StepColumn, candidates: Candidates): void {
    const { info } = this.#options;
    info.read(index, column);
    if (column.kinds.includes(HISTOGRAM)) {
      throw executionError(
        `this should be an info metric, with float samples: ${info.series()[index]?.labels.toString()}`,
      );
    }
    info.readSampleTimes(index, column);
    for (let step = 0; step < column.stepCount; step++) {
      if (column.kinds[step] !== FLOAT) continue;
      const seconds = column.values[step]!;
      const rival = candidates.seriesAtStep[step]!;
      if (rival >= 0 && candidates.sampleSeconds[step] === seconds) this.#refuse(rival, index, seconds);
      if (rival >= 0 && candidates.sampleSeconds[step]! > seconds) continue;
      candidates.seriesAtStep[step] = index;
      candidates.sampleSeconds[step] = seconds;
    }
  }

  #refuse(rival: number, index: number, seconds: number): never {
    const series = this.#options.info.series();
    const timestampMs = Math.round(seconds * 1000);
    throw executionError(
      `found duplicate series for info metric: existing ${series[rival]?.labels.toString()} @ ${timestampMs}, ` +
        `new ${series[index]?.labels.toString()} @ ${timestampMs}`,
    );
  }

  #outputsOf(
    inputIndex: number,
    series: SeriesMetadata,
    candidates: ReadonlyMap<string, ReadonlyMap<string, Candidates>>,
  ): Output[] {
    const { stepCount } = this.#options;
    if (this.#isInfoSeries(series.labels)) {
      return [{ series, inputIndex, mask: new Uint8Array(stepCount).fill(1) }];
    }
    const matches = [...(candidates.get(series.labels.keep(IDENTIFYING_LABELS).key)?.values() ?? [])];
    const byMatch = new Map<string, Output | null>();
    for (let step = 0; step < stepCount; step++) {
      const infoIndices = matches
        .map(({ seriesAtStep }) => seriesAtStep[step]!)
        .filter((index) => index >= 0);
      const key = infoIndices.join();
      let output = byMatch.get(key);
      if (output === undefined) {
        output = this.#makeOutput(inputIndex, series, infoIndices);
        byMatch.set(key, output);
      }
      if (output !== null) output.mask[step] = 1;
    }
    return [...byMatch.values()].filter((output) => output !== null);
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
    context.budget.hold(Math.ceil(stepCount / 8));
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
