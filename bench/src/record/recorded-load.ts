/**
 * A recording as write requests, as a Prometheus would send them: a sample a series and scrape, a staleness marker
 * where a series ends. Scrapes are re-timed to 15 s. Values that are not a number are left out, because not every
 * server stores them.
 */
import { setStaleAt } from '@promontory/model';
import { compress, encodeWriteRequest, type WireLabel } from '@promontory/wire';
import { SCRAPE_INTERVAL_MS } from '../load/synthetic-load.ts';
import { readValue } from './exposition-text.ts';
import type { RecordedSeries, Recording } from './recording.ts';

export interface RecordedLoad {
  /** Compressed bodies in the order of time. */
  readonly bodies: readonly Buffer[];
  /** Staleness markers are not among them. */
  readonly sampleCount: number;
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
  /** Of all series, whenever they had samples. */
  readonly seriesLabels: readonly Readonly<Record<string, string>>[];
  /** The series that have a sample at the last timestamp. */
  readonly lastRows: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

export interface RecordedLoadOptions {
  readonly samplesPerRequest: number;
  /** The last scrape is at most a scrape interval older. */
  readonly nowMs: number;
}

interface ReplayedSeries {
  readonly recorded: RecordedSeries;
  /** Sorted by name. */
  readonly labels: readonly WireLabel[];
  readonly values: Float64Array;
}

export function makeRecordedLoad(recording: Recording, options: RecordedLoadOptions): RecordedLoad {
  const series = recording.series.map(replayed);
  const lastScrape = recording.scrapeCount - 1;
  const lastTimestampMs = Math.floor(options.nowMs / SCRAPE_INTERVAL_MS) * SCRAPE_INTERVAL_MS;
  const timestampOf = (scrape: number): number =>
    lastTimestampMs - (lastScrape - scrape) * SCRAPE_INTERVAL_MS;
  const bodies: Buffer[] = [];
  let sampleCount = 0;
  for (let scrape = 0; scrape <= lastScrape; scrape++) {
    const present = series.filter(({ values }) => hasSample(values, scrape) || hasSample(values, scrape - 1));
    sampleCount += series.filter(({ values }) => hasSample(values, scrape)).length;
    for (let start = 0; start < present.length; start += options.samplesPerRequest) {
      const part = present.slice(start, start + options.samplesPerRequest);
      bodies.push(bodyOf(part, scrape, timestampOf(scrape)));
    }
  }
  return {
    bodies,
    sampleCount,
    firstTimestampMs: timestampOf(0),
    lastTimestampMs,
    seriesLabels: recording.series.map(({ labels }) => labels),
    lastRows: series
      .filter(({ values }) => hasSample(values, lastScrape))
      .map(({ recorded, values }) => ({ labels: recorded.labels, value: values[lastScrape]! })),
  };
}

function replayed(recorded: RecordedSeries): ReplayedSeries {
  return {
    recorded,
    labels: Object.entries(recorded.labels)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => ({ name, value }))
      .sort((left, right) => (left.name < right.name ? -1 : 1)),
    values: Float64Array.from(recorded.values, (text) => (text === '' ? Number.NaN : readValue(text))),
  };
}

/** @param scrape may be -1, where there is none */
function hasSample(values: Float64Array, scrape: number): boolean {
  return !Number.isNaN(values[scrape] ?? Number.NaN);
}

function bodyOf(series: readonly ReplayedSeries[], scrape: number, timestampMs: number): Buffer {
  const bytes = encodeWriteRequest({
    series: series.map(({ labels, values }) => {
      const value = values.slice(scrape, scrape + 1);
      if (!hasSample(value, 0)) setStaleAt(new Int32Array(value.buffer), 0);
      return {
        labels: [...labels],
        timestampMs: Float64Array.of(timestampMs),
        value,
        exemplars: [],
        histograms: [],
      };
    }),
    metadata: [],
  });
  return Buffer.from(compress(bytes));
}
