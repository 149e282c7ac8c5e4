/** What both servers are sent: the same bytes, in requests of two minutes each, in the order of time. */
import type { WireHistogram } from '@promontory/wire';
import { type SeriesToWrite, writeBody } from '../../test/write-body.ts';
import { Choice } from './choice.ts';
import { makeClassicHistograms } from './classic-histograms.ts';
import { makeFloatSeries } from './float-series.ts';
import { makeNativeHistograms } from './native-histograms.ts';
import { DATA_MS, SLICE_MS } from './time-slots.ts';

/** @returns series whose times count from the base */
export function makeDataSet(seed: number, baseMs: number): SeriesToWrite[] {
  const choice = new Choice(seed);
  return [
    ...makeFloatSeries(choice, baseMs),
    ...makeClassicHistograms(choice),
    ...makeNativeHistograms(choice),
  ];
}

/** @returns compressed bodies of remote write requests, at the times of the base */
export function writeBodies(series: readonly SeriesToWrite[], baseMs: number): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  // Samples that are late lie a little behind the end of the data.
  for (let startMs = 0; startMs <= DATA_MS + SLICE_MS; startMs += SLICE_MS) {
    const part = series
      .map((each) => within(each, startMs, baseMs))
      .filter(({ samples, histograms }) => samples.length + histograms.length > 0);
    if (part.length > 0) bodies.push(writeBody(part));
  }
  return bodies;
}

function within(series: SeriesToWrite, startMs: number, baseMs: number): Required<SeriesToWrite> {
  const isInside = (timeMs: number): boolean => timeMs >= startMs && timeMs < startMs + SLICE_MS;
  return {
    labels: sorted(series.labels),
    samples: (series.samples ?? [])
      .filter(([timeMs]) => isInside(timeMs))
      .map(([timeMs, value]) => [baseMs + timeMs, value]),
    histograms: (series.histograms ?? [])
      .filter(({ timestampMs }) => isInside(timestampMs))
      .map((histogram): WireHistogram => ({ ...histogram, timestampMs: baseMs + histogram.timestampMs })),
    exemplarTimestampsMs: [],
  };
}

function sorted(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
