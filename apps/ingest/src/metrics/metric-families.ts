/** The metrics of prom-client, which lists them line by line, as families of Prometheus's client data model. */
import type { FamilyMetric, MetricFamily, MetricFamilyType } from '@promontory/http-api';
import type { Registry } from 'prom-client';

type ListedMetric = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number];
/** A line; of histograms and summaries it has a name of its own, which the declarations lack. */
type Line = ListedMetric['values'][number] & { readonly metricName?: string };

const TYPES: Readonly<Record<string, MetricFamilyType>> = {
  counter: 'COUNTER',
  gauge: 'GAUGE',
  histogram: 'HISTOGRAM',
  summary: 'SUMMARY',
};

export function metricFamily(listed: ListedMetric): MetricFamily {
  const type = TYPES[String(listed.type)] ?? 'UNTYPED';
  const isSingle = type !== 'HISTOGRAM' && type !== 'SUMMARY';
  const metrics = isSingle ? listed.values.map(singleMetric) : groupedMetrics(listed, type);
  return { name: listed.name, help: listed.help, type, metrics };
}

function singleMetric({ labels, value }: Line): FamilyMetric {
  return { labels: labelTexts(labels), value: { kind: 'single', value } };
}

/** One metric of the lines that have the same labels but for `le` and `quantile`. */
function groupedMetrics({ name, values }: ListedMetric, type: 'HISTOGRAM' | 'SUMMARY'): FamilyMetric[] {
  const groups = new Map<string, { labels: Readonly<Record<string, string>>; lines: Line[] }>();
  for (const line of values as readonly Line[]) {
    const { le: _le, quantile: _quantile, ...labels } = labelTexts(line.labels);
    const key = JSON.stringify(Object.entries(labels));
    const group = groups.get(key) ?? { labels, lines: [] };
    group.lines.push(line);
    groups.set(key, group);
  }
  const read = type === 'HISTOGRAM' ? histogramValue : summaryValue;
  return Array.from(groups.values(), ({ labels, lines }) => ({ labels, value: read(name, lines) }));
}

function histogramValue(name: string, lines: readonly Line[]): FamilyMetric['value'] {
  const buckets = lines
    .filter(({ metricName }) => metricName === `${name}_bucket`)
    .map(({ labels, value }) => ({ upperBound: Number(labels['le']), cumulativeCount: value }))
    .filter(({ upperBound }) => Number.isFinite(upperBound));
  return { kind: 'histogram', ...countAndSum(name, lines), buckets };
}

function summaryValue(name: string, lines: readonly Line[]): FamilyMetric['value'] {
  const quantiles = lines
    .filter(({ labels }) => labels['quantile'] !== undefined)
    .map(({ labels, value }) => ({ quantile: Number(labels['quantile']), value }));
  return { kind: 'summary', ...countAndSum(name, lines), quantiles };
}

function countAndSum(name: string, lines: readonly Line[]): { count: number; sum: number } {
  const find = (suffix: string): number =>
    lines.find(({ metricName }) => metricName === `${name}_${suffix}`)?.value ?? 0;
  return { count: find('count'), sum: find('sum') };
}

function labelTexts(labels: Line['labels']): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}
