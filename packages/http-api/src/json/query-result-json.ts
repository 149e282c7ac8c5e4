/**
 * Writes the value of a query as Prometheus does. Vectors and matrices print values by the rule of
 * `sample-number-writer.ts`; a scalar, alone, is printed without an exponent whatever its size, and its
 * timestamp as the shortest decimal.
 */
import { WorkTicker } from '@promontory/base';
import type { HistogramSample, Labels } from '@promontory/model';
import type { MatrixSeries, QueryValue, VectorSample } from '@promontory/promql';
import { writeHistogramSample } from './histogram-json.ts';
import { formatPlainNumber } from './plain-number.ts';
import type { JsonWriter } from './json-writer.ts';

/** Labels of one series with their names, and one point of 17 digits and milliseconds: generous guesses. */
const SERIES_BYTES = 384;
const POINT_BYTES = 42;
const HISTOGRAM_BYTES = 1024;

/** As long to write as the labels of a series. */
const POINTS_PER_TICK = 8;

/** Bounds how much room is reserved ahead. */
const POINTS_PER_BATCH = 64;

/**
 * `"resultType":…,"result":…` without the braces around.
 *
 * @param ticker is told of series by how much there is of them. Default: nobody is.
 */
export function writeQueryValue(writer: JsonWriter, value: QueryValue, ticker = new WorkTicker()): void {
  writer.raw(`"resultType":"${value.type}","result":`);
  switch (value.type) {
    case 'scalar':
      writer.raw(`[${value.timestampMs / 1000},"${formatPlainNumber(value.value)}"]`);
      break;
    case 'string':
      writer.raw(`[${value.timestampMs / 1000},`);
      writer.text(value.value);
      writer.raw(']');
      break;
    case 'vector':
      writeVector(writer, value.timestampMs, value.samples, ticker);
      break;
    case 'matrix':
      writeMatrix(writer, value.series, ticker);
      break;
  }
}

/** How many bytes the value will usually not exceed; memory that is not written costs nothing. */
export function estimateQueryValueBytes(value: QueryValue): number {
  if (value.type === 'vector') return 256 + value.samples.length * SERIES_BYTES;
  if (value.type !== 'matrix') return 512;
  let pointCount = 0;
  let histogramCount = 0;
  for (const series of value.series) {
    pointCount += series.count;
    histogramCount += series.histograms.length;
  }
  return (
    256 + value.series.length * SERIES_BYTES + pointCount * POINT_BYTES + histogramCount * HISTOGRAM_BYTES
  );
}

function writeVector(
  writer: JsonWriter,
  timestampMs: number,
  samples: readonly VectorSample[],
  ticker: WorkTicker,
): void {
  const timestamps = Float64Array.of(timestampMs);
  const values = new Float64Array(1);
  writer.raw('[');
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index];
    if (sample === undefined) break;
    ticker.tick();
    writer.raw(index === 0 ? '{"metric":' : ',{"metric":');
    writeLabels(writer, sample.labels);
    if (sample.histogram === null) {
      writer.raw(',"value":');
      values[0] = sample.value;
      writer.points(timestamps, values, 0, 1);
    } else {
      writer.raw(',"histogram":');
      writeHistogramSample(writer, { timestampMs, histogram: sample.histogram });
    }
    writer.raw('}');
  }
  writer.raw(']');
}

function writeMatrix(writer: JsonWriter, matrix: readonly MatrixSeries[], ticker: WorkTicker): void {
  writer.raw('[');
  for (let index = 0; index < matrix.length; index++) {
    const series = matrix[index];
    if (series === undefined) break;
    ticker.tick(1 + Math.floor(series.count / POINTS_PER_TICK) + series.histograms.length);
    writer.raw(index === 0 ? '{"metric":' : ',{"metric":');
    writeLabels(writer, series.labels);
    if (series.count > 0) {
      writer.raw(',"values":[');
      writePoints(writer, series);
      writer.raw(']');
    }
    if (series.histograms.length > 0) writeHistograms(writer, series.histograms);
    writer.raw('}');
  }
  writer.raw(']');
}

function writePoints(writer: JsonWriter, series: MatrixSeries): void {
  const { timestampMs, value, count } = series;
  for (let from = 0; from < count; from += POINTS_PER_BATCH) {
    writer.points(timestampMs, value, from, Math.min(count, from + POINTS_PER_BATCH));
  }
}

function writeHistograms(writer: JsonWriter, histograms: readonly HistogramSample[]): void {
  for (const [index, sample] of histograms.entries()) {
    writer.raw(index === 0 ? ',"histograms":[' : ',');
    writeHistogramSample(writer, sample);
  }
  writer.raw(']');
}

/** `{"__name__":"up","job":"x"}`, names in the order of the labels. */
export function writeLabels(writer: JsonWriter, labels: Labels): void {
  const pairs = labels.pairs;
  writer.raw('{');
  for (let index = 0; index < pairs.length; index += 2) {
    if (index > 0) writer.raw(',');
    writer.labelText(pairs[index] ?? '');
    writer.raw(':');
    writer.labelText(pairs[index + 1] ?? '');
  }
  writer.raw('}');
}
