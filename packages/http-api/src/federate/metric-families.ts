/**
 * Samples → families, sorted by name: what an exposition says the type of. Types are those that writers say; the series of
 * a classic histogram or summary share the family whose name they extend.
 */
import type { WorkTicker } from '@promontory/base';
import { compareLabels, compareUtf8, type Labels, METRIC_NAME } from '@promontory/model';
import type { MetricMetadata } from '../data-source.ts';
import type { NewestSample } from './newest-samples.ts';

export type FamilyType =
  'counter' | 'gauge' | 'histogram' | 'gaugehistogram' | 'summary' | 'info' | 'stateset' | 'unknown';

export interface FamilySample extends NewestSample {
  readonly name: string;
  /** Without the name; external labels behind the series' own. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
}

export interface MetricFamily {
  readonly name: string;
  readonly type: FamilyType;
  /** Whether its samples are native histograms; all of them are, or none. */
  readonly isNative: boolean;
  readonly samples: readonly FamilySample[];
}

/** What the names of a family's series have behind that of the family, by type. */
const SUFFIXES: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ['', '_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum', '_created'],
  info: ['', '_info'],
  stateset: [''],
  unknown: [''],
};
const ALL_SUFFIXES = [...new Set(Object.values(SUFFIXES).flat())];

type Metadata = ReadonlyMap<string, readonly MetricMetadata[]>;

/**
 * @param externalLabels given to series that have none of the name; an `instance` is always there, if only empty
 * @param ticker is told of samples and comparisons
 */
export function groupFamilies(
  samples: readonly NewestSample[],
  metadata: Metadata,
  externalLabels: Labels,
  ticker: WorkTicker,
): MetricFamily[] {
  const external = [...externalLabels.entries()];
  if (!externalLabels.has('instance')) external.push(['instance', '']);
  external.sort(([left], [right]) => compareUtf8(left, right));
  const families = new Map<string, MetricFamily & { samples: FamilySample[] }>();
  const compare = ticker.ticking((left: NewestSample, right: NewestSample) =>
    compareLabels(left.labels, right.labels),
  );
  for (const sample of samples.toSorted(compare)) {
    ticker.tick();
    const name = sample.labels.get(METRIC_NAME);
    const described = familyOf(name, sample, metadata);
    const key = `${described.isNative} ${described.type} ${described.name}`;
    const family = families.get(key) ?? { ...described, samples: [] };
    families.set(key, family);
    family.samples.push({ ...sample, name, pairs: pairsOf(sample.labels, external) });
  }
  return [...families.values()].sort((left, right) => compareUtf8(left.name, right.name));
}

function familyOf(
  name: string,
  { value }: NewestSample,
  metadata: Metadata,
): Pick<MetricFamily, 'name' | 'type' | 'isNative'> {
  if (typeof value !== 'number') {
    const type = value.counterResetHint === 'gauge' ? 'gaugehistogram' : 'histogram';
    return { name, type, isNative: true };
  }
  for (const suffix of ALL_SUFFIXES) {
    if (!name.endsWith(suffix) || name === suffix) continue;
    const familyName = name.slice(0, name.length - suffix.length);
    const type = metadata.get(familyName)?.[0]?.type;
    if (isFamilyType(type) && SUFFIXES[type].includes(suffix)) {
      return { name: familyName, type, isNative: false };
    }
  }
  return { name, type: 'unknown', isNative: false };
}

function isFamilyType(type: string | undefined): type is FamilyType {
  return type !== undefined && Object.hasOwn(SUFFIXES, type);
}

function pairsOf(
  labels: Labels,
  external: readonly (readonly [string, string])[],
): (readonly [string, string])[] {
  const own = [...labels.entries()].filter(([name]) => name !== METRIC_NAME);
  return [...own, ...external.filter(([name]) => !labels.has(name))];
}
