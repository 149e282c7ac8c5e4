/**
 * Write requests for groups of series, in the order of time: a quarter of an hour of all series, then the next.
 * A request has many samples of each of its series. That is far less work than scrape by scrape, and no server takes
 * offence: none sees a series go back in time, nor more than a quarter of an hour between series.
 */
import { compress, encodeWriteRequest, type WireSeries } from '@promontory/wire';
import type { SeriesGroup } from './series-group.ts';

const PART_MS = 900_000;
const SAMPLES_PER_REQUEST = 10_000;

export interface QueryLoad {
  /** Compressed, to be sent one after the other. */
  readonly bodies: readonly Buffer[];
  readonly sampleCount: number;
}

/** Steps the values of the groups to their ends. */
export function makeQueryLoad(groups: readonly SeriesGroup[]): QueryLoad {
  const startMs = Math.min(...groups.map((group) => group.startMs));
  const endMs = Math.max(...groups.map((group) => group.endMsInclusive)) + 1;
  const bodies: Buffer[] = [];
  let sampleCount = 0;
  for (let fromMs = startMs; fromMs < endMs; fromMs += PART_MS) {
    let waiting: WireSeries[] = [];
    let waitingSamples = 0;
    const send = (): void => {
      if (waiting.length > 0) bodies.push(bodyOf(waiting));
      sampleCount += waitingSamples;
      waiting = [];
      waitingSamples = 0;
    };
    for (const group of groups) {
      for (const series of partOf(group, fromMs, fromMs + PART_MS)) {
        waiting.push(series);
        waitingSamples += series.value.length;
        if (waitingSamples >= SAMPLES_PER_REQUEST) send();
      }
    }
    send();
  }
  return { bodies, sampleCount };
}

/** @returns each series of the group with its samples of that time; nothing when the group has none then */
function partOf(group: SeriesGroup, fromMs: number, toMsExclusive: number): WireSeries[] {
  const { intervalMs, values } = group;
  const startMs = Math.max(group.startMs, Math.ceil(fromMs / intervalMs) * intervalMs);
  const endMs = Math.min(group.endMsInclusive + 1, toMsExclusive);
  const pointCount = Math.ceil((endMs - startMs) / intervalMs);
  if (pointCount <= 0) return [];
  const timestampMs = Float64Array.from({ length: pointCount }, (_, point) => startMs + point * intervalMs);
  const columns = group.labels.map(() => new Float64Array(pointCount));
  for (let point = 0; point < pointCount; point++) {
    if (timestampMs[point] !== group.startMs) values.step();
    for (const [index, column] of columns.entries()) column[point] = values.current[index]!;
  }
  return group.labels.map((labels, index) => ({
    labels,
    timestampMs,
    value: columns[index]!,
    exemplars: [],
    histograms: [],
  }));
}

function bodyOf(series: readonly WireSeries[]): Buffer {
  return Buffer.from(compress(encodeWriteRequest({ series: [...series], metadata: [] })));
}
