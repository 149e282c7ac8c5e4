/** Series that are scraped at the same times, and the groups that the queries are about. */
import { SeededRandom } from '@promontory/base';
import type { WireLabel } from '@promontory/wire';
import { CounterValues, HistogramValues, type SteppedValues } from './stepped-values.ts';

export interface SeriesGroup {
  readonly metric: string;
  /** Of each series, sorted by name; where order may matter the series too, as text. */
  readonly labels: readonly (readonly WireLabel[])[];
  /** Stand at the group's first sample until they are stepped. */
  readonly values: SteppedValues;
  readonly intervalMs: number;
  /** Times of the first and of the last sample, both multiples of the interval. */
  readonly startMs: number;
  readonly endMsInclusive: number;
}

type Span = Pick<SeriesGroup, 'intervalMs' | 'startMs' | 'endMsInclusive'>;

/** As many as in the engine benchmark of Prometheus, ascending. */
const BUCKET_BOUNDS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+Inf'];

/** @param seriesCount one series has no label but the name, more have `l` */
export function counterGroup(metric: string, seriesCount: number, seed: number, span: Span): SeriesGroup {
  const labels = numbersAsText(seriesCount).map((l) =>
    labelsOf(seriesCount === 1 ? { __name__: metric } : { __name__: metric, l }),
  );
  return { metric, labels, values: new CounterValues(seriesCount, seed), ...span };
}

/** Classic histograms without `_bucket` in their name, each as many series as there are buckets. */
export function histogramGroup(
  metric: string,
  histogramCount: number,
  seed: number,
  span: Span,
): SeriesGroup {
  const labels = numbersAsText(histogramCount).flatMap((l) =>
    BUCKET_BOUNDS.map((le) =>
      labelsOf(histogramCount === 1 ? { __name__: metric, le } : { __name__: metric, l, le }),
    ),
  );
  return { metric, labels, values: new HistogramValues(histogramCount, BUCKET_BOUNDS.length, seed), ...span };
}

/** Series that live one after the other, each for a part of the time: one group each. */
export function sparseGroups(
  metric: string,
  seriesCount: number,
  seed: number,
  span: Span,
): readonly SeriesGroup[] {
  const pointCount = (span.endMsInclusive - span.startMs) / span.intervalMs + 1;
  const pointsEach = Math.ceil(pointCount / seriesCount);
  const groups: SeriesGroup[] = [];
  for (let from = 0; from < pointCount; from += pointsEach) {
    const to = Math.min(from + pointsEach, pointCount) - 1;
    groups.push({
      metric,
      labels: [labelsOf({ __name__: metric, l: String(groups.length) })],
      values: new CounterValues(1, seed + groups.length),
      intervalMs: span.intervalMs,
      startMs: span.startMs + from * span.intervalMs,
      endMsInclusive: span.startMs + to * span.intervalMs,
    });
  }
  return groups;
}

/** Series that match those of another such group by `instance`, of which one in sixteen begins with 0. */
export function joinGroup(metric: string, instanceCount: number, seed: number, span: Span): SeriesGroup {
  const labels = instanceNames(instanceCount).map((instance) =>
    labelsOf({
      __name__: metric,
      cluster: 'bench-eu-west-1',
      domain: 'orders',
      environment: 'production',
      instance,
      job: 'order-worker',
      namespace: 'order-processing',
      rpc_method: 'reserve-stock-for-order',
    }),
  );
  return { metric, labels, values: new CounterValues(instanceCount, seed), ...span };
}

const NAMESPACE_COUNT = 20;
const CONTAINERS_PER_POD = 4;

/** Containers in pods in namespaces, nine labels each. */
export function workloadGroup(metric: string, seriesCount: number, seed: number, span: Span): SeriesGroup {
  const labels = Array.from({ length: seriesCount }, (_, index) => {
    const pod = Math.floor(index / CONTAINERS_PER_POD);
    const namespace = `team-${String(pod % NAMESPACE_COUNT).padStart(2, '0')}`;
    return labelsOf({
      __name__: metric,
      cluster: 'bench-eu-west-1',
      container: `container-${index % CONTAINERS_PER_POD}`,
      endpoint: 'http-metrics',
      instance: `10.0.${pod >> 8}.${pod & 255}:8080`,
      job: `${namespace}/api`,
      namespace,
      node: `node-${String(pod >> 4).padStart(3, '0')}`,
      pod: `api-${String(pod).padStart(5, '0')}`,
    });
  });
  return { metric, labels, values: new CounterValues(seriesCount, seed), ...span };
}

function labelsOf(labels: Readonly<Record<string, string>>): WireLabel[] {
  return Object.entries(labels).map(([name, value]) => ({ name, value }));
}

/** `0`, `1`, `10`, `11`, `2` …: in the order of text. */
function numbersAsText(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index)).sort();
}

/** The same for every group, so that groups join. */
function instanceNames(count: number): string[] {
  const random = new SeededRandom(16);
  const hex = (): string => random.nextUint32().toString(16).padStart(8, '0');
  const uuid = (): string =>
    [hex(), hex().slice(4), hex().slice(4), hex().slice(4), hex() + hex().slice(4)].join('-');
  return Array.from({ length: count }, uuid).sort();
}
