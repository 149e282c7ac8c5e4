/**
 * The name of an OTLP metric as a Prometheus metric name. With suffixes come, in this order, the unit, what it
 * is per, and `_total` for counters or `_ratio` for gauges of unit 1; what the name says already is not said twice.
 */
import { escapedUnitWords, type UnitWords, unitWords } from './unit-names.ts';

export interface NamedMetric {
  readonly name: string;
  readonly unit: string;
  /** A monotonic sum. */
  readonly isCounter: boolean;
  readonly isGauge: boolean;
}

export interface MetricNaming {
  /** Whether characters outside of `[a-zA-Z0-9_:]` become underscores. */
  readonly isEscaped: boolean;
  readonly hasSuffixes: boolean;
}

/** @returns null when nothing is left but underscores */
export function metricNameOf(metric: NamedMetric, naming: MetricNaming): string | null {
  if (!naming.isEscaped) {
    const name = naming.hasSuffixes ? withSuffixes(metric) : metric.name;
    return name === '' ? null : name;
  }
  const name = naming.hasSuffixes ? escapedWithSuffixes(metric) : escapedName(metric.name);
  const isUsable = name === metric.name ? name !== '' : /[^_]/.test(name);
  return isUsable ? name : null;
}

function escapedName(name: string): string {
  return startWithLetter(words(name, /[^a-zA-Z0-9:_]+/).join('_'));
}

/** Here the underscore parts words as any other character does, so that runs of them are lost. */
function escapedWithSuffixes({ name, unit, isCounter, isGauge }: NamedMetric): string {
  let parts = words(name, /[^a-zA-Z0-9:]+/);
  parts.push(...missingUnitWords(parts, escapedUnitWords(unit)));
  if (isCounter) parts = withLast(parts, 'total');
  if (isGauge && unit === '1') parts = withLast(parts, 'ratio');
  return startWithLetter(parts.join('_'));
}

function missingUnitWords(parts: readonly string[], { main, per }: UnitWords): string[] {
  const perWord = per === 'per_' ? '' : withoutLastUnderscore(per);
  const missingPer = parts.includes(perWord) ? '' : perWord;
  const missingMain = parts.includes(main) ? '' : main;
  const mainWord = missingPer === '' ? missingMain : withoutLastUnderscore(missingMain);
  return [mainWord, missingPer].filter((word) => word !== '');
}

function withSuffixes({ name, unit, isCounter, isGauge }: NamedMetric): string {
  const { main, per } = unitWords(unit);
  const suffixes: string[] = [];
  let stem = name;
  const move = (suffix: string): void => {
    stem = withoutSuffix(stem, suffix);
    suffixes.unshift(`_${suffix}`);
  };
  if (isGauge && unit === '1') move('ratio');
  if (isCounter) move('total');
  if (per !== '') move(per);
  if (main !== '' && !stem.endsWith(main)) stem = `${stem}_${main}`;
  return stem + suffixes.join('');
}

/** Takes the character before the suffix as well, whatever it is, unless nothing would be left. */
function withoutSuffix(name: string, suffix: string): string {
  if (!name.endsWith(suffix)) return name;
  const stem = name.slice(0, name.length - suffix.length).replace(/.$/su, '');
  return stem === '' ? name : stem;
}

function words(text: string, separator: RegExp): string[] {
  return text.split(separator).filter((word) => word !== '');
}

function withLast(parts: readonly string[], word: string): string[] {
  return [...parts.filter((part) => part !== word), word];
}

function withoutLastUnderscore(text: string): string {
  return text.endsWith('_') ? text.slice(0, -1) : text;
}

function startWithLetter(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}
