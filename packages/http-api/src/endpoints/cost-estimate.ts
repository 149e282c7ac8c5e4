/**
 * From the series and samples of a query's selectors to what evaluating it takes. The engine reads one series of a selector
 * at a time and keeps the labels of all; the points of the result are at most as many as its series times its steps.
 */
import type { OutlinedSelector, QueryOutline } from '@promontory/promql';
import type { SelectionEstimate } from '../data-source.ts';

/** A timestamp and a value, as the engine counts them. */
const SAMPLE_BYTES = 16;
/** As the engine counts a listed series with ten labels. */
const SERIES_BYTES = 64 + 20 * 40;
/** A native histogram of usual size in samples. */
const HISTOGRAM_SAMPLES = 20;

export interface CostEstimate {
  readonly steps: number;
  readonly selectors: readonly {
    readonly selector: OutlinedSelector;
    readonly estimate: SelectionEstimate;
  }[];
  /** Over all selectors. */
  readonly series: number;
  readonly samples: number;
  readonly samplesQueryable: number;
  /** Of the result, at most. */
  readonly points: number;
  readonly samplesHeld: number;
  readonly bytesHeld: number;
}

/** @param estimates one for each selector of the outline */
export function estimateCost(outline: QueryOutline, estimates: readonly SelectionEstimate[]): CostEstimate {
  const selectors = outline.selectors.flatMap((selector, index) => {
    const estimate = estimates[index];
    return estimate === undefined ? [] : [{ selector, estimate }];
  });
  const sum = (of: (each: (typeof selectors)[number]) => number): number =>
    selectors.reduce((total, each) => total + of(each), 0);
  const series = sum(({ estimate }) => estimate.seriesCount);
  const points = outline.resultSeriesMax(estimates.map((each) => each.seriesCount)) * outline.stepCount;
  // One series of each selector, and the column that it is evaluated into.
  const readAtOnce = sum(({ selector, estimate }) => heldOfSeries(estimate) + selector.stepCount);
  const samplesHeld = Math.round(readAtOnce + points);
  return {
    steps: outline.stepCount,
    selectors,
    series,
    samples: sum(({ estimate }) => weightOf(estimate)),
    samplesQueryable: sum(({ selector, estimate }) => queryableOf(selector, estimate)),
    points,
    samplesHeld,
    bytesHeld: series * SERIES_BYTES + samplesHeld * SAMPLE_BYTES,
  };
}

/** Samples that steps look at: one a series and step, or those of a range, which several steps may look at. */
export function queryableOf(selector: OutlinedSelector, estimate: SelectionEstimate): number {
  const { rangeMs, stepCount, stepMs } = selector;
  const { samplesEstimated, seriesCount } = estimate;
  const weight = weightOf(estimate);
  if (samplesEstimated === 0) return 0;
  if (rangeMs === null) {
    return Math.round((Math.min(seriesCount, samplesEstimated) * stepCount * weight) / samplesEstimated);
  }
  const spanMs = (stepCount - 1) * stepMs + rangeMs;
  return Math.round((weight * stepCount * rangeMs) / spanMs);
}

function heldOfSeries(estimate: SelectionEstimate): number {
  return estimate.seriesCount === 0 ? 0 : weightOf(estimate) / estimate.seriesCount;
}

/** In samples, as the engine counts them. */
function weightOf({ samplesEstimated, histogramsEstimated }: SelectionEstimate): number {
  return samplesEstimated + histogramsEstimated * (HISTOGRAM_SAMPLES - 1);
}
