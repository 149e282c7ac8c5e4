/** What annotations say, in Prometheus's words. */
import { quoteString } from '../parser/string-literal.ts';
import type { ForcedDecrease } from './forced-decreases.ts';
import { formatGoG } from './format-float.ts';

export interface Annotation {
  readonly severity: 'warning' | 'info';
  readonly sentence: string;
  /** Told together with those of all annotations of the same sentence. */
  readonly decrease?: ForcedDecrease;
}

/** Where histograms were combined. */
export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';

function warning(sentence: string): Annotation {
  return { severity: 'warning', sentence };
}

function info(sentence: string): Annotation {
  return { severity: 'info', sentence };
}

function forMetric(metricName: string): string {
  return metricName === '' ? '' : ` for metric name ${quoteString(metricName)}`;
}

export function invalidQuantile(quantile: number): Annotation {
  return warning(`quantile value should be between 0 and 1, got ${formatGoG(quantile)}`);
}

/** @param cap what the ratio is taken for */
export function invalidRatio(ratio: number, cap: number): Annotation {
  return warning(
    `ratio value should be between -1 and 1, got ${formatGoG(ratio)}, capping to ${formatGoG(cap)}`,
  );
}

export function badBucketLabel(metricName: string, labelValue: string): Annotation {
  return warning(
    `bucket label "le" is missing or has a malformed value of ${quoteString(labelValue)}${forMetric(metricName)}`,
  );
}

export function ineffectiveSort(): Annotation {
  return warning('sort is ineffective for range queries since results are always ordered by labels');
}

export function mixedFloatsAndHistograms(metricName: string): Annotation {
  return warning(`encountered a mix of histograms and floats for metric name ${quoteString(metricName)}`);
}

export function mixedAggregation(): Annotation {
  return warning('encountered a mix of histograms and floats for aggregation');
}

export function mixedClassicAndNative(metricName: string): Annotation {
  return warning(`vector contains a mix of classic and native histograms${forMetric(metricName)}`);
}

export function mixedBucketSchemas(metricName: string): Annotation {
  return warning(
    'vector contains a mix of histograms with exponential and custom buckets schemas for metric name ' +
      quoteString(metricName),
  );
}

export function histogramNotCounter(metricName: string): Annotation {
  return warning(`this native histogram metric is not a counter: ${quoteString(metricName)}`);
}

export function histogramNotGauge(metricName: string): Annotation {
  return warning(`this native histogram metric is not a gauge: ${quoteString(metricName)}`);
}

export function incompatibleBucketLayout(operator: string): Annotation {
  return warning(`incompatible bucket layout encountered for binary operator ${operator}`);
}

export function conflictingCounterResets(operation: HistogramOperation): Annotation {
  return warning(`conflicting counter resets during histogram ${operation}`);
}

export function overlappingStartTime(metricName: string): Annotation {
  return warning(
    `sample has start time that overlaps with previous sample timestamp for metric ${quoteString(metricName)}`,
  );
}

export function possibleNonCounter(metricName: string): Annotation {
  return info(
    `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quoteString(metricName)}`,
  );
}

export function forcedMonotonicity(metricName: string, decrease: ForcedDecrease): Annotation {
  const { severity, sentence } = info(
    'input to histogram_quantile needed to be fixed for monotonicity (see ' +
      'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)' +
      forMetric(metricName),
  );
  return { severity, sentence, decrease };
}

export function incompatibleTypes(left: string, operator: string, right: string): Annotation {
  return info(
    `incompatible sample types encountered for binary operator ${quoteString(operator)}: ` +
      `${left} ${operator} ${right}`,
  );
}

export function histogramIgnoredInAggregation(aggregation: string): Annotation {
  return info(`ignored histogram in ${aggregation} aggregation`);
}

export function histogramsIgnoredInRange(metricName: string): Annotation {
  return info(
    `ignored histograms in a range containing both floats and histograms for metric name ${quoteString(metricName)}`,
  );
}

export function reconciledBounds(operation: HistogramOperation): Annotation {
  return info(`mismatched custom buckets were reconciled during ${operation}`);
}

export function quantileIsNaN(metricName: string): Annotation {
  return info(`input to histogram_quantile has NaN observations, result is NaN${forMetric(metricName)}`);
}

export function quantileIsSkewed(metricName: string): Annotation {
  return info(
    `input to histogram_quantile has NaN observations, result is skewed higher${forMetric(metricName)}`,
  );
}

export function fractionExcludesNaN(metricName: string): Annotation {
  return info(
    `input to histogram_fraction has NaN observations, which are excluded from all fractions${forMetric(metricName)}`,
  );
}
