/** Remote write 2.0 requests from objects. For tests, load and other cold paths; what is received is walked as bytes. */
import { METRIC_TYPES, type MetricMetadata } from '@promontory/model';
import { histogramToRaw } from './histogram.ts';
import { encodeMessage, type RawMessage } from './message.ts';
import { type WireLabel, type WireSeries, wordsOfValues } from './time-series.ts';

export interface WireSeriesV2 extends WireSeries {
  readonly metadata: MetricMetadata | null;
  /** One per value, 0 when it is not known; empty when none is. */
  readonly startTimestampMs: Float64Array;
  /** One per histogram; empty when none is known. */
  readonly histogramStartTimestampMs: Float64Array;
  /** As older senders say when the series started; 0 when it is not known. */
  readonly createdTimestampMs: number;
}

export interface WireWriteRequestV2 {
  readonly series: readonly WireSeriesV2[];
}

class Symbols {
  readonly texts = [''];
  readonly #refs = new Map([['', 0]]);

  ref(text: string): number {
    const known = this.#refs.get(text);
    if (known !== undefined) return known;
    this.#refs.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }

  labelRefs(labels: readonly WireLabel[]): number[] {
    return labels.flatMap(({ name, value }) => [this.ref(name), this.ref(value)]);
  }
}

/** @returns protobuf bytes, not yet compressed; the caller owns them */
export function encodeWriteRequestV2({ series }: WireWriteRequestV2): Uint8Array {
  const symbols = new Symbols();
  const raw = series.map((each) => seriesToRaw(each, symbols));
  return encodeMessage('WriteRequestV2', { symbols: symbols.texts, series: raw });
}

function seriesToRaw(series: WireSeriesV2, symbols: Symbols): RawMessage {
  const { metadata } = series;
  const values = wordsOfValues(series.value);
  return {
    labelRefs: symbols.labelRefs(series.labels),
    samples: Array.from(series.timestampMs, (timestampMs, index) => ({
      valueBits: values[index],
      timestampMs,
      ...startOf(series.startTimestampMs[index]),
    })),
    histograms: series.histograms.map((histogram, index) => ({
      ...histogramToRaw(histogram),
      ...startOf(series.histogramStartTimestampMs[index]),
    })),
    exemplars: series.exemplars.map(({ labels, value, timestampMs }) => ({
      labelRefs: symbols.labelRefs(labels),
      value,
      timestampMs,
    })),
    ...(metadata !== null && {
      metadata: {
        type: METRIC_TYPES.indexOf(metadata.type),
        helpRef: symbols.ref(metadata.help),
        unitRef: symbols.ref(metadata.unit),
      },
    }),
    ...(series.createdTimestampMs !== 0 && { createdTimestampMs: series.createdTimestampMs }),
  };
}

/** Senders leave out what is not known. */
function startOf(startTimestampMs: number | undefined): RawMessage {
  return startTimestampMs === undefined || startTimestampMs === 0 ? {} : { startTimestampMs };
}
