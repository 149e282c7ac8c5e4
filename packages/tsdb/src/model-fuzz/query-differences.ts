/** Compares the answers to queries with what plain filters over all series give. */
import { compareUtf8, type Labels, type Matcher } from '@promontory/model';
import type { Tsdb } from '../index.ts';
import { differences } from './store-model.ts';
import { EVER, readSelected, type SeriesSamples } from './stored-contents.ts';

export interface KnownSeries {
  readonly labels: Labels;
  readonly samples: SeriesSamples;
}

export function queryDifferences(
  tsdb: Tsdb,
  known: readonly KnownSeries[],
  matchers: readonly Matcher[],
  range: typeof EVER,
): string[] {
  const { rangeStartMsInclusive, rangeEndMsInclusive } = range;
  const isInside = (time: number): boolean => time >= rangeStartMsInclusive && time <= rangeEndMsInclusive;
  const actual = readSelected(tsdb, matchers, range);
  const found: string[] = [];
  const withSamples: Labels[] = [];
  for (const { labels, samples } of known) {
    if (!matchers.every((matcher) => matcher.matches(labels))) continue;
    const series = labels.toString();
    const wanted = new Map([...samples].filter(([time]) => isInside(time)));
    const selected = actual.get(series);
    if (selected === undefined) found.push(`not selected: ${series}`);
    else found.push(...differences(series, selected, wanted, () => false));
    actual.delete(series);
    if (wanted.size > 0) withSamples.push(labels);
  }
  for (const series of actual.keys()) found.push(`selected: ${series}`);
  const browse = { ...range, matcherSets: [matchers], countMax: 0 };
  return [
    ...found,
    ...listDifferences('names', tsdb.labelNames(browse).values, namesOf(withSamples)),
    ...listDifferences(
      'values',
      tsdb.labelValues('instance', browse).values,
      valuesOf(withSamples, 'instance'),
    ),
    ...listDifferences(
      'series',
      tsdb.series(browse).values.map(String).toSorted(),
      withSamples.map(String).toSorted(),
    ),
  ];
}

/** Of the whole index, and of the series in it that have samples. */
export function nameDifferences(tsdb: Tsdb, known: readonly KnownSeries[]): string[] {
  const browse = { ...EVER, matcherSets: [], countMax: 0 };
  const series = known.map(({ labels }) => labels);
  const withSamples = known.filter(({ samples }) => samples.size > 0).map(({ labels }) => labels);
  const { seriesCount, labelNameCount, isComplete } = tsdb.cardinality({ topMax: 10 });
  return [
    ...listDifferences('names', tsdb.labelNames(browse).values, namesOf(withSamples)),
    ...listDifferences(
      'values',
      tsdb.labelValues('instance', browse).values,
      valuesOf(withSamples, 'instance'),
    ),
    ...listDifferences(
      'counts',
      [seriesCount, labelNameCount, isComplete],
      [known.length, namesOf(series).length, true],
    ),
  ];
}

export function listDifferences(
  what: string,
  actual: readonly unknown[],
  wanted: readonly unknown[],
): string[] {
  const [got, want] = [JSON.stringify(actual), JSON.stringify(wanted)];
  return got === want ? [] : [`${what}: got ${got}, want ${want}`];
}

function namesOf(series: readonly Labels[]): string[] {
  const names = series.flatMap((labels) => Array.from(labels.entries(), ([name]) => name));
  return [...new Set(names)].sort(compareUtf8);
}

function valuesOf(series: readonly Labels[], name: string): string[] {
  const values = series.map((labels) => labels.get(name)).filter((value) => value !== '');
  return [...new Set(values)].sort(compareUtf8);
}
