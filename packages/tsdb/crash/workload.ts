/**
 * Writes whose contents follow from their number alone, so that a test knows what a process that was killed
 * had written, and an oracle for what must be there afterwards.
 *
 * Every (series, timestamp) occurs in one write only: repeating a write changes nothing. Writes have new
 * series, samples behind their series' newest, values of many shapes, native histograms, start timestamps,
 * exemplars and metadata.
 */
import { SeededRandom } from '@promontory/base';
import { bucketsOf, emptyBuckets, Labels, type NativeHistogram, staleHistogram } from '@promontory/model';
import type { Appender, Exemplar, MetricMetadata } from '../src/index.ts';
import {
  exemplarText,
  floatText,
  histogramText,
  metadataText,
  type StoredContents,
} from '../src/model-fuzz/stored-contents.ts';

const STEP_MS = 1000;
const SERIES_LASTING = 30;
const SERIES_OF_HISTOGRAMS = 6;
const SERIES_PER_WRITE_NEW = 2;
const LATE_BY_WRITES = 7;
/** Metadata repeats after so many writes. */
const METADATA_PERIOD = 60;
const METRICS_WITH_METADATA = 20;

export interface Workload {
  readonly seed: number;
  /** The time of write 0. */
  readonly startMs: number;
}

interface WorkloadSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number | NativeHistogram;
  /** 0 when it is not known. */
  readonly startMs: number;
}

export interface WorkloadWrite {
  readonly samples: readonly WorkloadSample[];
  readonly exemplars: readonly { readonly labels: Labels; readonly exemplar: Exemplar }[];
  readonly metricName: string;
  readonly metadata: MetricMetadata;
}

/** The same object for the same labels within one write only. */
export function makeWrite(workload: Workload, write: number): WorkloadWrite {
  const random = new SeededRandom(workload.seed * 1_000_003 + write);
  const timestampMs = workload.startMs + write * STEP_MS;
  const lateMs = timestampMs - LATE_BY_WRITES * STEP_MS + 500;
  const samples: WorkloadSample[] = [];
  const add = (labels: Labels, value: () => number | NativeHistogram, startMs: number): void => {
    const isLate = write >= LATE_BY_WRITES && random.nextInt(5) === 0;
    if (isLate) samples.push({ labels, timestampMs: lateMs, value: value(), startMs });
    samples.push({ labels, timestampMs, value: value(), startMs });
  };
  for (let series = 0; series < SERIES_LASTING; series++) {
    const startMs = series % 3 === 0 ? workload.startMs - 60_000 * series - 1 : 0;
    add(seriesLabels('lasting', series), () => floatOf(random, write), startMs);
  }
  for (let series = 0; series < SERIES_OF_HISTOGRAMS; series++) {
    const startMs = series % 2 === 0 ? workload.startMs - 90_000 : 0;
    const value = (): number | NativeHistogram =>
      series === 0 && random.nextInt(2) === 0 ? floatOf(random, write) : histogramOf(random, write);
    add(seriesLabels('histogram', series), value, startMs);
  }
  for (let index = 0; index < SERIES_PER_WRITE_NEW; index++) {
    const labels = seriesLabels('passing', write * SERIES_PER_WRITE_NEW + index);
    samples.push({ labels, timestampMs, value: floatOf(random, write), startMs: 0 });
  }
  const exemplar = { timestampMs, value: write, labels: Labels.fromObject({ trace_id: `trace-${write}` }) };
  const said = write % METADATA_PERIOD;
  return {
    samples,
    exemplars: [0, 1].map((series) => ({ labels: seriesLabels('lasting', series), exemplar })),
    metricName: `crash_metric_${said % METRICS_WITH_METADATA}`,
    metadata: { type: 'counter', unit: '', help: `What write ${said} said.` },
  };
}

export function appendWrite(appender: Appender, write: WorkloadWrite): void {
  for (const { labels, timestampMs, value, startMs } of write.samples) {
    if (typeof value === 'number') appender.append(labels, timestampMs, value, startMs);
    else appender.appendHistogram(labels, timestampMs, value, startMs);
  }
  for (const { labels, exemplar } of write.exemplars) appender.appendExemplar(labels, exemplar);
  appender.appendMetadata(write.metricName, write.metadata);
}

function seriesLabels(kind: string, number: number): Labels {
  return Labels.fromObject({ __name__: `crash_${kind}`, series: `${number}`, job: `job-${number % 3}` });
}

function floatOf(random: SeededRandom, write: number): number {
  switch (random.nextInt(6)) {
    case 0:
      return write * 15;
    case 1:
      return Math.round(random.nextFloat() * 10_000) / 100;
    case 2:
      return random.nextFloat() * 1e-9;
    case 3:
      return Number.POSITIVE_INFINITY;
    case 4:
      return -0;
    default:
      return 42;
  }
}

function histogramOf(random: SeededRandom, write: number): NativeHistogram {
  if (random.nextInt(12) === 0) return staleHistogram(true);
  const counts = Array.from({ length: 1 + random.nextInt(6) }, () => 1 + random.nextInt(1000));
  return {
    isInteger: true,
    counterResetHint: random.nextInt(9) === 0 ? 'reset' : 'unknown',
    schema: random.nextInt(13) - 4,
    zeroThreshold: 2 ** -128,
    zeroCount: write,
    count: counts.reduce((sum, count) => sum + count, write),
    sum: random.nextFloat() * 1000,
    isStale: false,
    positive: bucketsOf(
      counts.map((_, index) => 3 * index - write),
      counts,
    ),
    negative: emptyBuckets(),
    customValues: new Float64Array(0),
  };
}

/** What the writes of a workload leave. */
export class ExpectedContents {
  readonly #workload: Workload;
  #contents = noContents();
  #end = 0;

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  /**
   * What writes [0, end) leave, lists in no order; changed by the next call. Cheapest when `end` grows from call to
   * call.
   */
  after(end: number): StoredContents {
    if (end < this.#end) {
      this.#contents = noContents();
      this.#end = 0;
    }
    for (; this.#end < end; this.#end++) addWrite(this.#contents, makeWrite(this.#workload, this.#end));
    return this.#contents;
  }
}

function noContents(): StoredContents {
  return { samples: new Map(), exemplars: new Map(), metadata: new Map() };
}

function addWrite(contents: StoredContents, write: WorkloadWrite): void {
  for (const { labels, timestampMs, value, startMs } of write.samples) {
    const sample = { value: typeof value === 'number' ? textOfFloat(value) : histogramText(value), startMs };
    const name = labels.toString();
    const samples = contents.samples.get(name);
    if (samples === undefined) contents.samples.set(name, new Map([[timestampMs, sample]]));
    else samples.set(timestampMs, sample);
  }
  for (const { labels, exemplar } of write.exemplars)
    addOnce(contents.exemplars, labels.toString(), exemplarText(exemplar));
  addOnce(contents.metadata, write.metricName, metadataText(write.metadata));
}

function addOnce(lists: Map<string, string[]>, key: string, text: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [text]);
  else if (!list.includes(text)) list.push(text);
}

function textOfFloat(value: number): string {
  const [low = 0, high = 0] = new Int32Array(Float64Array.of(value).buffer);
  return floatText(low, high);
}
