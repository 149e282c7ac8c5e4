/** What walks understand, as text, and random series for them. Tests only. */
import type { SeededRandom } from '@promontory/base';
import {
  allocateSampleBatch,
  decodeLabelBytes,
  encodeHistogram,
  Labels,
  type MetricMetadata,
  reduceToStoredSchema,
  RejectionTally,
  SampleBatch,
} from '@promontory/model';
import type { WireLabel, WireSeries, WireSeriesV2 } from '../proto/index.ts';
import type { SeriesLookup } from './series-resolver.ts';
import { meaningOf, randomWireHistogram } from './wire-histogram-test-values.ts';

/** What the store's table does, on a plain map. */
export class MapLookup implements SeriesLookup {
  readonly refs = new Map<string, number>();
  find(lane0: number, lane1: number, lane2: number): number {
    return this.refs.get([lane0, lane1, lane2].join()) ?? 0;
  }
}

export function newBatch(samplesMax = 1 << 20): SampleBatch {
  return new SampleBatch(allocateSampleBatch({ samplesMax, labelBytesMax: 1 << 24 }));
}

/** What both walks have in common. */
export interface Walk {
  walk(bytes: Uint8Array, batch: SampleBatch, tally: RejectionTally, leftOut: RejectionTally): void;
}

export const KEY = Int32Array.of(11, 22, 33);

/**
 * Everything in a batch as text, each with its series' labels: floats, then histograms, exemplars and metadata. What the
 * walk understood.
 */
export class Understanding {
  readonly #lookup = new MapLookup();
  readonly #labels = new Map<number, string>();
  readonly #walk: Walk;
  readonly #batch = newBatch();
  readonly leftOut = new RejectionTally();
  readonly tally = new RejectionTally();

  /** @param newWalk with the key KEY */
  constructor(newWalk: (lookup: SeriesLookup) => Walk) {
    this.#walk = newWalk(this.#lookup);
  }

  walk(bytes: Uint8Array): string[] {
    const batch = this.#batch;
    batch.clear();
    this.tally.clear();
    this.leftOut.clear();
    this.#walk.walk(bytes, batch, this.tally, this.leftOut);
    for (let index = 0; index < batch.newSeriesCount; index++) this.#register(index);
    const kept = Array.from({ length: batch.sampleCount }, (_, index) => index).filter(
      (index) => batch.ref[index] !== 0,
    );
    const floats = kept.map((index) => {
      const value = `${batch.valueWords[2 * index]},${batch.valueWords[2 * index + 1]}`;
      return `${this.#labelsOf(batch.ref[index] ?? 0)} ${batch.timestampMs[index]} ${value} since ${batch.startOf(index)}`;
    });
    return [...floats, ...this.#histograms(), ...this.#exemplars(), ...this.#metadata()];
  }

  /** As a store does after the batch. */
  #register(newSeries: number): void {
    const batch = this.#batch;
    const lanes = [0, 1, 2].map((lane) => batch.newSeriesLane(newSeries, lane as 0 | 1 | 2)).join();
    if (this.#lookup.refs.has(lanes)) return;
    const ref = this.#lookup.refs.size + 1;
    this.#lookup.refs.set(lanes, ref);
    this.#labels.set(ref, decodeLabelBytes(batch.unsafeViewLabelBytes(newSeries)).toString());
  }

  #histograms(): string[] {
    const batch = this.#batch;
    const kept = Array.from({ length: batch.histogramCount }, (_, index) => index).filter(
      (index) => batch.histogramRef(index) !== 0,
    );
    return kept.map((index) => {
      const labels = this.#labelsOf(batch.histogramRef(index));
      const bytes = Buffer.from(batch.unsafeViewHistogram(index)).toString('hex');
      return `${labels} ${batch.histogramTimestampMs(index)} ${bytes} since ${batch.histogramStartMs(index)}`;
    });
  }

  #exemplars(): string[] {
    const { extras } = this.#batch;
    const kept = Array.from({ length: extras.exemplarCount }, (_, index) => index).filter(
      (index) => extras.exemplarRef(index) !== 0,
    );
    return kept.map((index) => {
      const labels = decodeLabelBytes(extras.unsafeViewExemplarLabels(index).slice()).toString();
      const at = `${extras.exemplarTimestampMs(index)} ${extras.exemplarValue(index)}`;
      return `${this.#labelsOf(extras.exemplarRef(index))} # ${labels} ${at}`;
    });
  }

  #metadata(): string[] {
    const { extras } = this.#batch;
    return Array.from({ length: extras.metadataCount }, (_, index) =>
      metadataText(extras.metadataMetricName(index), extras.metadata(index)),
    );
  }

  get newSeriesCount(): number {
    return this.#batch.newSeriesCount;
  }

  #labelsOf(ref: number): string {
    if (ref > 0) return this.#labels.get(ref) ?? 'unknown ref';
    return decodeLabelBytes(this.#batch.unsafeViewLabelBytes(-ref - 1)).toString();
  }
}

export function metadataText(metricName: string, { type, unit, help }: MetricMetadata): string {
  return `metadata ${JSON.stringify([metricName, type, unit, help])}`;
}

/** The same of series as objects, without metadata. */
export function meaningOfSeries(all: readonly (WireSeries & Partial<WireSeriesV2>)[]): string[] {
  const lines: string[] = [];
  const histograms: string[] = [];
  const exemplars: string[] = [];
  for (const series of all) {
    const labels = canonical(series.labels);
    const words = new Int32Array(series.value.buffer, series.value.byteOffset, series.value.length * 2);
    if (labels === null) continue;
    const since = (starts: Float64Array | undefined, index: number): string =>
      `since ${(starts?.[index] ?? 0) || (series.createdTimestampMs ?? 0)}`;
    for (const [index, timestampMs] of series.timestampMs.entries()) {
      const value = `${words[2 * index]},${words[2 * index + 1]}`;
      lines.push(`${labels} ${timestampMs} ${value} ${since(series.startTimestampMs, index)}`);
    }
    for (const [index, histogram] of series.histograms.entries()) {
      const bytes = Buffer.from(encodeHistogram(reduceToStoredSchema(meaningOf(histogram)))).toString('hex');
      const start = since(series.histogramStartTimestampMs, index);
      histograms.push(`${labels} ${histogram.timestampMs} ${bytes} ${start}`);
    }
    for (const { labels: ofExemplar, timestampMs, value } of series.exemplars) {
      const pairs = Object.fromEntries(ofExemplar.map((label) => [label.name, label.value]));
      exemplars.push(`${labels} # ${Labels.fromObject(pairs).toString()} ${timestampMs} ${value}`);
    }
  }
  return [...lines, ...histograms, ...exemplars];
}

export function canonical(labels: readonly WireLabel[]): string | null {
  const names = labels.map(({ name }) => name);
  if (new Set(names).size !== names.length || names.includes('')) return null;
  const kept = labels.filter(({ value }) => value !== '');
  if (!kept.some(({ name }) => name === '__name__')) return null;
  kept.sort((left, right) => Buffer.compare(Buffer.from(left.name), Buffer.from(right.name)));
  const name = kept.find((label) => label.name === '__name__')?.value ?? '';
  const rest = kept
    .filter((label) => label.name !== '__name__')
    .map((each) => `${each.name}=${JSON.stringify(each.value)}`);
  return rest.length === 0 ? name : `${name}{${rest.join(', ')}}`;
}

const NAMES = ['__name__', 'job', 'instance', 'é', 'a', 'zone', 'x'.repeat(130), '😀', ''];
const VALUES = ['', 'a', 'b', 'api', 'y'.repeat(127), 'z'.repeat(128), 'w'.repeat(300), '値', 'q"\\\n'];

export function randomSeries(random: SeededRandom): WireSeries {
  const labels: WireLabel[] = [
    { name: '__name__', value: VALUES[1 + random.nextInt(VALUES.length - 1)] ?? '' },
  ];
  for (let count = random.nextInt(5); count > 0; count--) {
    const name = NAMES[random.nextInt(random.nextInt(8) === 0 ? NAMES.length : NAMES.length - 1)] ?? '';
    if (random.nextInt(10) === 0 || !labels.some((label) => label.name === name)) {
      labels.push({ name, value: VALUES[random.nextInt(VALUES.length)] ?? '' });
    }
  }
  if (random.nextInt(3) === 0) labels.reverse();
  if (random.nextInt(12) === 0) labels.shift();
  const count = random.nextInt(4);
  const timestampMs = Float64Array.from({ length: count }, () =>
    random.nextInt(5) === 0
      ? [0, -1, 2 ** 53, -(2 ** 53), 127][random.nextInt(5)]!
      : 1_760_000_000_000 + random.nextInt(1e9),
  );
  const value = Float64Array.from({ length: count }, () =>
    random.nextInt(4) === 0 ? 0 : random.nextFloat() * 1e6,
  );
  if (count > 0 && random.nextInt(5) === 0) new Int32Array(value.buffer).set([2, 0x7ff00000]);
  const exemplars =
    random.nextInt(6) === 0 ? [{ labels: [{ name: 'trace', value: 'x' }], value: 1, timestampMs: 5 }] : [];
  const histograms = Array.from({ length: Math.max(0, random.nextInt(6) - 3) }, (_, index) => ({
    ...randomWireHistogram(random, index),
    isStale: random.nextInt(10) === 0,
  }));
  return { labels, timestampMs, value, exemplars, histograms };
}
