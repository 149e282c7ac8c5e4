import type { WorkTicker } from '@promontory/base';
import { encodeMetricFamilies, type WireFamilyType, type WireMetricFamily } from '@promontory/wire';
import type { ExpositionFormat } from './exposition-format.ts';
import type { FamilySample, FamilyType, MetricFamily } from './metric-families.ts';
import { escapeName } from './name-escaping.ts';

/** Types whose floats are told apart; the parts of classic histograms and summaries travel as series of their own. */
const FLOAT_TYPES: Readonly<Partial<Record<FamilyType, WireFamilyType>>> = {
  counter: 'counter',
  gauge: 'gauge',
  info: 'gauge',
  stateset: 'gauge',
};

/** Delimited families: of floats one for each name, and of native histograms. */
export function exposeProtobuf(
  families: Iterable<MetricFamily>,
  { escaping }: ExpositionFormat,
  ticker: WorkTicker,
): Uint8Array {
  return encodeMetricFamilies(wireFamilies(families, escaping, ticker));
}

function* wireFamilies(
  families: Iterable<MetricFamily>,
  escaping: ExpositionFormat['escaping'],
  ticker: WorkTicker,
): Generator<WireMetricFamily> {
  for (const { type, isNative, samples } of families) {
    const wireType = isNative
      ? type === 'gaugehistogram'
        ? 'gaugehistogram'
        : 'histogram'
      : (FLOAT_TYPES[type] ?? 'untyped');
    for (const [name, group] of Map.groupBy(samples, (sample) => sample.name)) {
      const metrics = group.map((sample) => {
        ticker.tick();
        return wireMetric(sample, escaping);
      });
      yield { name: escapeName(name, escaping), type: wireType, metrics };
    }
  }
}

function wireMetric(
  { pairs, timestampMs, value }: FamilySample,
  escaping: ExpositionFormat['escaping'],
): WireMetricFamily['metrics'][number] {
  const labels = pairs.map(([name, text]) => ({ name: escapeName(name, escaping), value: text }));
  return { labels, timestampMs, value };
}
