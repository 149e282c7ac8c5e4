/**
 * The two text formats: Prometheus's, with times in milliseconds, and OpenMetrics 1.0.0, with times in seconds and an end.
 * Neither can show a native histogram.
 */
import type { WorkTicker } from '@promontory/base';
import { formatFloat, formatOpenMetricsFloat } from '@promontory/promql';
import type { ExpositionFormat } from './exposition-format.ts';
import type { FamilySample, FamilyType, MetricFamily } from './metric-families.ts';
import { escapeName, type EscapingScheme, isLegacyName } from './name-escaping.ts';

/** What the older format knows; the others are without a type there. */
const TEXT_TYPES: Readonly<Partial<Record<FamilyType, string>>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  info: 'gauge',
  stateset: 'gauge',
};
/** OpenMetrics wants a counter's series to end like this, and the family's name not to. */
const TOTAL = '_total';
const TOTAL_CREATED = /_(?:total|created)$/;

/** @returns lines with their ends */
export function* exposeText(
  families: Iterable<MetricFamily>,
  { kind, escaping }: ExpositionFormat,
  ticker: WorkTicker,
): Generator<string> {
  const isOpen = kind === 'open-metrics';
  for (const family of families) {
    if (family.isNative) continue;
    for (const { name, type, samples } of isOpen ? openFamilies(family) : textFamilies(family)) {
      yield `# TYPE ${nameAlone(escapeName(name, escaping))} ${type}\n`;
      for (const sample of samples) {
        ticker.tick();
        yield line(sample, escaping, isOpen);
      }
    }
  }
  if (isOpen) yield '# EOF\n';
}

interface TypedSamples {
  readonly name: string;
  readonly type: string;
  readonly samples: readonly FamilySample[];
}

/** Only families of histograms and summaries have series of several names. */
function textFamilies({ name, type, samples }: MetricFamily): TypedSamples[] {
  if (type === 'histogram' || type === 'summary') return [{ name, type, samples }];
  return byName(samples).map((own) => ({ ...own, type: TEXT_TYPES[type] ?? 'untyped' }));
}

function openFamilies({ name, type, samples }: MetricFamily): TypedSamples[] {
  if (type !== 'counter') return [{ name, type, samples }];
  // One that is named otherwise is none there.
  const counters = samples.filter((sample) => TOTAL_CREATED.test(sample.name));
  const others = samples.filter((sample) => !TOTAL_CREATED.test(sample.name));
  const familyName = name.endsWith(TOTAL) ? name.slice(0, -TOTAL.length) : name;
  return [
    ...(counters.length > 0 ? [{ name: familyName, type: 'counter', samples: counters }] : []),
    ...byName(others).map((own) => ({ ...own, type: 'unknown' })),
  ];
}

function byName(samples: readonly FamilySample[]): { name: string; samples: FamilySample[] }[] {
  const groups = Map.groupBy(samples, ({ name }) => name);
  return Array.from(groups, ([name, group]) => ({ name, samples: group }));
}

function line(
  { name, pairs, value, timestampMs }: FamilySample,
  escaping: EscapingScheme,
  isOpen: boolean,
): string {
  const escapedName = escapeName(name, escaping);
  const isPlain = isLegacyName(escapedName);
  const labels = pairs.map(
    ([label, text]) => `${labelName(escapeName(label, escaping))}="${escapeText(text)}"`,
  );
  if (!isPlain) labels.unshift(quoted(escapedName));
  const float = typeof value === 'number' ? value : NaN;
  const head = `${isPlain ? escapedName : ''}${labels.length > 0 ? `{${labels.join(',')}}` : ''}`;
  return isOpen
    ? `${head} ${formatOpenMetricsFloat(float)} ${formatOpenMetricsFloat(timestampMs / 1000)}\n`
    : `${head} ${textNumber(float)} ${timestampMs}\n`;
}

function nameAlone(name: string): string {
  return isLegacyName(name) ? name : quoted(name);
}

/** A colon is for metrics only. */
function labelName(name: string): string {
  return isLegacyName(name) && !name.includes(':') ? name : quoted(name);
}

function quoted(text: string): string {
  return `"${escapeText(text)}"`;
}

function escapeText(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`);
}

function textNumber(value: number): string {
  return value === 0 ? '0' : formatFloat(value);
}
