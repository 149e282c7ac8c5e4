// HOT PATH: about 3 ns a sample and level of merging, no allocation once scratch memory has grown.
/** Brings samples that were gathered from several places into order. */
import { type HistogramSample, SampleColumns } from '@promontory/model';

/**
 * Makes columns ascending that are some ascending runs one after the other, as blocks and generations give
 * them; of equal timestamps only the first that was gathered stays. A natural merge sort: neighbouring runs are
 * merged until one is left, so that columns in order cost one look.
 */
export function mergeSamples(columns: SampleColumns): void {
  const runEnds = findRunEnds(columns);
  if (runEnds.length <= 1) return;
  const scratch = takeScratch(columns.count);
  let source = columns;
  let target = scratch;
  for (let ends = runEnds; ends.length > 1;) {
    ends = mergeNeighbours(source, ends, target);
    [source, target] = [target, source];
  }
  if (source !== columns) copySamples(source, 0, source.count, columns, 0);
  columns.count = source.count;
}

/** The histograms, gathered from several places, ascending, and of equal timestamps only the first gathered. */
export function mergeHistograms(gathered: readonly HistogramSample[]): HistogramSample[] {
  const sorted = gathered.toSorted((left, right) => left.timestampMs - right.timestampMs);
  return sorted.filter((sample, index) => sample.timestampMs !== sorted[index - 1]?.timestampMs);
}

/** The first index in [0, count) whose timestamp is at or after `fromMs`; `count` when there is none. */
export function firstIndexFrom(timestampMs: Float64Array, count: number, fromMs: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timestampMs[middle]! < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

const ONE_RUN: readonly number[] = [0];
let sharedScratch = new SampleColumns(1);

/** Of this thread; nothing outlives a call. */
function takeScratch(count: number): SampleColumns {
  if (sharedScratch.timestampMs.length < count) sharedScratch = new SampleColumns(count);
  return sharedScratch;
}

/** Where each strictly ascending run ends; one entry when all is one run. */
function findRunEnds({ timestampMs, count }: SampleColumns): readonly number[] {
  let index = 1;
  while (index < count && timestampMs[index]! > timestampMs[index - 1]!) index++;
  if (index >= count) return ONE_RUN;
  const ends: number[] = [];
  for (; index < count; index++) if (!(timestampMs[index]! > timestampMs[index - 1]!)) ends.push(index);
  ends.push(count);
  return ends;
}

/** Merges runs two by two into `target`. @returns where the runs end there */
function mergeNeighbours(source: SampleColumns, ends: readonly number[], target: SampleColumns): number[] {
  const merged: number[] = [];
  let written = 0;
  let start = 0;
  for (let run = 0; run < ends.length; run += 2) {
    const middle = ends[run]!;
    const end = ends[run + 1] ?? middle;
    written = mergeTwo(source, start, middle, end, target, written);
    merged.push(written);
    start = end;
  }
  target.count = written;
  return merged;
}

/** Merges [start, middle) and [middle, end), the first of which wins. @returns the end in `target` */
function mergeTwo(
  source: SampleColumns,
  start: number,
  middle: number,
  end: number,
  target: SampleColumns,
  at: number,
): number {
  const { timestampMs, valueWords } = source;
  const { timestampMs: targetMs, valueWords: targetWords } = target;
  let left = start;
  let right = middle;
  let written = at;
  while (left < middle && right < end) {
    const leftMs = timestampMs[left]!;
    const rightMs = timestampMs[right]!;
    const from = leftMs <= rightMs ? left++ : right++;
    if (leftMs === rightMs) right++;
    targetMs[written] = timestampMs[from]!;
    targetWords[2 * written] = valueWords[2 * from]!;
    targetWords[2 * written + 1] = valueWords[2 * from + 1]!;
    written++;
  }
  written = copySamples(source, left, middle, target, written);
  return copySamples(source, right, end, target, written);
}

/** @returns the end in `target` */
function copySamples(
  source: SampleColumns,
  start: number,
  end: number,
  target: SampleColumns,
  at: number,
): number {
  if (start >= end) return at;
  target.timestampMs.set(source.timestampMs.subarray(start, end), at);
  target.valueWords.set(source.valueWords.subarray(2 * start, 2 * end), 2 * at);
  return at + end - start;
}
