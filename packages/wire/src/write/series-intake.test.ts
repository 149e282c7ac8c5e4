import {
  allocateSampleBatch,
  bucketsOf,
  decodeLabelBytes,
  encodeHistogram,
  encodeLabelBytes,
  isStaleAt,
  LabelFingerprint,
  Labels,
  type NativeHistogram,
  RejectionTally,
  SampleBatch,
  walkLabelBytes,
} from '@promontory/model';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeHistogram } from '@promontory/model/test-values';
import { DEFAULT_SERIES_LABEL_LIMITS } from './series-labels.ts';
import {
  type ExemplarObject,
  type HistogramObject,
  type SampleObject,
  SeriesIntake,
} from './series-intake.ts';
import { KEY, MapLookup, newBatch } from './write-walk-test-values.ts';

const T = 1_700_000_000_000;
const HISTOGRAM: NativeHistogram = makeHistogram({
  zeroThreshold: 0.001,
  zeroCount: 0,
  count: 2,
  sum: 3,
  positive: bucketsOf([0], [2]),
});

interface SeriesObject {
  readonly labels: Labels;
  readonly samples: readonly SampleObject[];
  readonly histograms: readonly HistogramObject[];
  readonly exemplars: readonly ExemplarObject[];
}

let lookup: MapLookup;
let intake: SeriesIntake;
let batch: SampleBatch;
let tally: RejectionTally;
let leftOut: RejectionTally;

beforeEach(() => {
  lookup = new MapLookup();
  intake = new SeriesIntake(KEY, lookup, DEFAULT_SERIES_LABEL_LIMITS);
  batch = newBatch();
  tally = new RejectionTally();
  leftOut = new RejectionTally();
});

function seriesOf(labels: Record<string, string>, more: Partial<SeriesObject> = {}): SeriesObject {
  return { labels: Labels.fromObject(labels), samples: [], histograms: [], exemplars: [], ...more };
}

function sample(timestampMs: number, value: number, startTimestampMs = 0, isStale = false) {
  return { timestampMs, value, startTimestampMs, isStale };
}

function add(series: SeriesObject): void {
  const { labels } = series;
  for (const each of series.samples) intake.addSample(labels, each, batch, tally);
  for (const each of series.histograms) intake.addHistogram(labels, each, batch, tally);
  intake.addExemplars(labels, series.exemplars, batch, leftOut);
}

/** Lanes of the fingerprint that everybody else computes. */
function fingerprintOf(labels: Labels): string {
  const bytes = encodeLabelBytes(labels);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fingerprint = new LabelFingerprint(KEY);
  fingerprint.reset();
  walkLabelBytes(bytes, 0, bytes.length, (span) => fingerprint.add(view, span.messageStart, span.valueEnd));
  return [fingerprint.lane0, fingerprint.lane1, fingerprint.lane2].join();
}

function nameOf(newRef: number): string {
  return decodeLabelBytes(batch.unsafeViewLabelBytes(-newRef - 1).slice()).get('__name__');
}

const WIDE = { __name__: 'm', a: 'x'.repeat(300), 'ö.b': 'naïve ✓', z: '1' };

describe('a series', () => {
  it('that is new has the bytes and the fingerprint that it has everywhere', () => {
    const series = seriesOf(WIDE, { samples: [sample(T, 1)] });
    add(series);
    expect(Buffer.from(batch.unsafeViewLabelBytes(0))).toEqual(Buffer.from(encodeLabelBytes(series.labels)));
    const lanes = ([0, 1, 2] as const).map((lane) => batch.newSeriesLane(0, lane));
    expect(lanes.join()).toBe(fingerprintOf(series.labels));
    expect([batch.ref[0], tally.isEmpty]).toEqual([-1, true]);
  });

  it('that is known is found, remembered, and looked up again when refs may be gone', () => {
    const series = seriesOf(WIDE, { samples: [sample(T, 1)] });
    lookup.refs.set(fingerprintOf(series.labels), 42);
    add(series);
    lookup.refs.clear();
    add(series);
    intake.forgetSeries();
    add(series);
    expect([...batch.ref.subarray(0, batch.sampleCount)]).toEqual([42, 42, -1]);
  });

  it('is told from others whose texts lie the same way', () => {
    for (const labels of [
      { __name__: 'a', b: 'c' },
      { __name__: 'ab', c: 'd' },
      { __name__: 'a', bc: 'd' },
    ]) {
      const series = seriesOf(labels, { samples: [sample(T, 1)] });
      lookup.refs.set(fingerprintOf(series.labels), lookup.refs.size + 1);
      add(series);
      add(series);
    }
    expect([...batch.ref.subarray(0, 6)]).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('has all its samples, with starts where there are some', () => {
    add(seriesOf({ __name__: 'a' }, { samples: [sample(T, 1.5), sample(T + 1, -0, T - 5)] }));
    add(seriesOf({ __name__: 'b' }, { samples: [sample(T + 2, 3)] }));
    const values = new Float64Array(batch.memory.value).subarray(0, batch.sampleCount);
    expect([...values]).toEqual([1.5, -0, 3]);
    expect([...batch.timestampMs.subarray(0, 3)]).toEqual([T, T + 1, T + 2]);
    expect([0, 1, 2].map((index) => batch.startOf(index))).toEqual([0, T - 5, 0]);
    // Whoever stores the batch finds that two new series are one.
    const names = [0, 1, 2].map((index) => nameOf(batch.ref[index] ?? 0));
    expect(names).toEqual(['a', 'a', 'b']);
  });

  it('ends with the marker bit for bit, and another NaN is the same NaN always', () => {
    const odd = new Float64Array(Int32Array.of(7, 0x7ff80000).buffer)[0] ?? 0;
    add(
      seriesOf(
        { __name__: 'a' },
        { samples: [sample(T, Number.NaN, 0, true), sample(T, Number.NaN), sample(T, odd)] },
      ),
    );
    expect([0, 1, 2].map((index) => isStaleAt(batch.valueWords, index))).toEqual([true, false, false]);
    expect([...batch.valueWords.subarray(2, 6)]).toEqual([1, 0x7ff80000, 1, 0x7ff80000]);
  });

  it('has its histograms behind its samples', () => {
    const histograms = [{ timestampMs: T, startTimestampMs: T - 9, histogram: HISTOGRAM }];
    add(seriesOf({ __name__: 'a' }, { samples: [sample(T - 1, 1)], histograms }));
    expect([
      nameOf(batch.histogramRef(0)),
      batch.histogramTimestampMs(0),
      batch.histogramStartMs(0),
      batch.histogramPlace(0),
    ]).toEqual(['a', T, T - 9, 1]);
    expect(Buffer.from(batch.unsafeViewHistogram(0))).toEqual(Buffer.from(encodeHistogram(HISTOGRAM)));
  });

  it('has its exemplars, without those whose labels are not taken', () => {
    const exemplar = (labels: Record<string, string>) => ({
      labels: Labels.fromObject(labels),
      timestampMs: T,
      value: 2,
    });
    const exemplars = [exemplar({ trace_id: 'a' }), exemplar({ long: 'x'.repeat(5000) }), exemplar({})];
    add(seriesOf({ __name__: 'a' }, { samples: [sample(T, 1)], exemplars }));
    const { extras } = batch;
    expect([extras.exemplarCount, nameOf(extras.exemplarRef(0)), extras.exemplarValue(1)]).toEqual([
      2,
      'a',
      2,
    ]);
    expect(Buffer.from(extras.unsafeViewExemplarLabels(0))).toEqual(
      Buffer.from(encodeLabelBytes(Labels.fromObject({ trace_id: 'a' }))),
    );
    expect(leftOut.toArray()).toMatchObject([
      {
        code: 'ERR_LABEL_VALUE_BYTES_MAX',
        count: 1,
        example: expect.stringContaining('series {__name__="a"}'),
      },
    ]);
  });

  it('has the metadata that is said of its metric', () => {
    intake.addMetadata('m', { type: 'gauge', unit: 's', help: 'héllo' }, batch);
    expect([batch.extras.metadataMetricName(0), batch.extras.metadata(0)]).toEqual([
      'm',
      { type: 'gauge', unit: 's', help: 'héllo' },
    ]);
  });
});

describe('a series that is refused', () => {
  const { labelsMax, labelNameBytesMax, labelValueBytesMax } = DEFAULT_SERIES_LABEL_LIMITS;
  const many = Object.fromEntries(Array.from({ length: labelsMax }, (_, index) => [`l${index}`, 'x']));

  it.each<[code: string, labels: Record<string, string>]>([
    ['ERR_SERIES_METRIC_NAME_MISSING', { a: 'b' }],
    ['ERR_SERIES_LABELS_MAX', { __name__: 'm', ...many }],
    ['ERR_LABEL_NAME_BYTES_MAX', { __name__: 'm', ['é'.repeat(labelNameBytesMax / 2) + 'x']: 'v' }],
    ['ERR_LABEL_VALUE_BYTES_MAX', { __name__: 'm', a: 'x'.repeat(labelValueBytesMax + 1) }],
    ['ERR_LABEL_VALUE_BYTES_MAX', { __name__: 'm', a: 'x'.repeat(1e6) }],
    ['ERR_LABEL_NAME_BYTES_MAX', { __name__: 'm', ['x'.repeat(1e6)]: 'v' }],
  ])('%s: leaves nothing of it in the batch, and does not harm the next', (code, labels) => {
    const content = {
      samples: [sample(T, 1), sample(T + 1, 2, T)],
      histograms: [{ timestampMs: T + 2, startTimestampMs: 0, histogram: HISTOGRAM }],
      exemplars: [1, 2].map((value) => ({ labels: Labels.empty, timestampMs: T, value })),
    };
    add(seriesOf(labels, content));
    expect(batch.isEmpty).toBe(true);
    expect(tally.toArray()).toMatchObject([{ code, count: 3 }]);
    expect(leftOut.toArray()).toMatchObject([{ code, count: 2 }]);
    add(seriesOf({ __name__: 'fine' }, { samples: [sample(T, 1)] }));
    expect([batch.sampleCount, batch.ref[0], batch.startOf(0)]).toEqual([1, -1, 0]);
  });
});

describe('a batch without room', () => {
  const bounds = { samplesMax: 4, labelBytesMax: 1 << 16, histogramBytesMax: 1 << 12 };
  const labels = { __name__: 'm' };
  const many = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
  const histogram = (value: NativeHistogram) => ({ timestampMs: T, startTimestampMs: 0, histogram: value });
  const wide: NativeHistogram = {
    ...HISTOGRAM,
    count: 2000,
    positive: bucketsOf(
      Array.from({ length: 1000 }, (_, index) => 2 * index),
      many(1000, 2),
    ),
  };

  it.each<[what: string, code: string, series: SeriesObject]>([
    ['samples', 'ERR_WRITE_SAMPLES_MAX', seriesOf(labels, { samples: many(5, sample(T, 1)) })],
    ['histograms', 'ERR_WRITE_SAMPLES_MAX', seriesOf(labels, { histograms: many(5, histogram(HISTOGRAM)) })],
    [
      'bytes of histograms',
      'ERR_WRITE_HISTOGRAM_BYTES_MAX',
      seriesOf(labels, { histograms: many(4, histogram(wide)) }),
    ],
    [
      'exemplars',
      'ERR_WRITE_SAMPLES_MAX',
      seriesOf(labels, { exemplars: many(5, { labels: Labels.empty, timestampMs: T, value: 1 }) }),
    ],
  ])('for %s fails the request with %s', (_what, code, series) => {
    batch = new SampleBatch(allocateSampleBatch(bounds));
    expect(() => add(series)).toThrow(expect.objectContaining({ code, kind: 'too-large' }));
  });

  it('for metadata fails the request', () => {
    batch = new SampleBatch(allocateSampleBatch(bounds));
    const say = () => intake.addMetadata('m', { type: 'gauge', unit: '', help: 'x'.repeat(16_000) }, batch);
    expect(() => many(5, 0).forEach(say)).toThrow(
      expect.objectContaining({ code: 'ERR_WRITE_SAMPLES_MAX', kind: 'too-large' }),
    );
  });
});
