/** Whether two servers answered the same; the first difference as a sentence, or null when there is none. */
import type { Answer, AnswerSeries } from './answer.ts';

export interface SameAnswerRules {
  /** Of the larger of two values; NaN equals NaN. */
  readonly relativeTolerance: number;
  /** The series of a matrix come in the same order, and there are as many warnings and infos. */
  readonly isStrict: boolean;
}

/** All of it: series with their labels, timestamps and values. */
export function differenceOf(own: Answer, peer: Answer, rules: SameAnswerRules): string | null {
  if (own.type !== peer.type) return `a ${own.type}, the peer's is a ${peer.type}`;
  if (rules.isStrict) {
    const notes = [own, peer].map(
      (answer) => `${answer.warningCount} warnings and ${answer.infoCount} infos`,
    );
    if (notes[0] !== notes[1]) return `${notes[0]}, the peer's has ${notes[1]}`;
  }
  const isOrdered = rules.isStrict && own.type === 'matrix';
  const ownSeries = isOrdered ? withKeys(own) : sortedByKey(withKeys(own));
  const peerSeries = isOrdered ? withKeys(peer) : sortedByKey(withKeys(peer));
  return (
    keysDifference(ownSeries, peerSeries) ??
    firstOf(ownSeries, (entry, index) => pointsDifference(entry, peerSeries[index]!, rules.relativeTolerance))
  );
}

/** What is the same in every dialect: series, their labels without the name, and as many points but one. */
export function shapeDifferenceOf(own: Answer, peer: Answer): string | null {
  const ownSeries = sortedByKey(withKeys(own, '__name__'));
  const peerSeries = sortedByKey(withKeys(peer, '__name__'));
  return (
    keysDifference(ownSeries, peerSeries) ??
    firstOf(ownSeries, ({ key, series }, index) => {
      const [ownCount, peerCount] = [series.value.length, peerSeries[index]!.series.value.length];
      return Math.abs(ownCount - peerCount) <= 1
        ? null
        : `${key} has ${ownCount} points, the peer's has ${peerCount}`;
    })
  );
}

/** What is left when other series were selected: how many points there are. */
export function sizeDifferenceOf(own: Answer, peer: Answer): string | null {
  const [ownCount, peerCount] = [own, peer].map(({ series }) =>
    series.reduce((count, { value }) => count + value.length, 0),
  );
  return ownCount === peerCount ? null : `${ownCount} points, the peer's has ${peerCount}`;
}

interface KeyedSeries {
  readonly key: string;
  readonly series: AnswerSeries;
}

function withKeys(answer: Answer, without = ''): KeyedSeries[] {
  return answer.series.map((series) => {
    const pairs = series.labels.filter(([name]) => name !== without);
    return { key: `{${pairs.map(([name, value]) => `${name}="${value}"`).join(',')}}`, series };
  });
}

function sortedByKey(series: KeyedSeries[]): KeyedSeries[] {
  return series.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
}

function keysDifference(own: readonly KeyedSeries[], peer: readonly KeyedSeries[]): string | null {
  const key = firstOf(own, (entry, index) =>
    entry.key === peer[index]?.key
      ? null
      : `series ${index} is ${entry.key}, the peer's is ${peer[index]?.key ?? 'missing'}`,
  );
  const counts = `${own.length} series, the peer's has ${peer.length}`;
  if (own.length !== peer.length) return key === null ? counts : `${counts}: ${key}`;
  return key;
}

function pointsDifference(own: KeyedSeries, peer: KeyedSeries, relativeTolerance: number): string | null {
  const { timestampMs, value } = own.series;
  const points = firstOf(timestampMs, (time, index) => {
    const peerTime = peer.series.timestampMs[index];
    if (time !== peerTime) {
      const peerText = peerTime === undefined ? 'missing' : `at ${peerTime} ms`;
      return `${own.key} has a point at ${time} ms, the peer's is ${peerText}`;
    }
    const [ownValue, peerValue] = [value[index]!, peer.series.value[index]!];
    if (isNear(ownValue, peerValue, relativeTolerance)) return null;
    return `${own.key} is ${ownValue} at ${time} ms, the peer's is ${peerValue}`;
  });
  const [ownCount, peerCount] = [timestampMs.length, peer.series.timestampMs.length];
  if (points === null && ownCount < peerCount)
    return `${own.key} has ${ownCount} points, the peer's has ${peerCount}`;
  return points;
}

function isNear(left: number, right: number, relativeTolerance: number): boolean {
  if (Object.is(left, right) || left === right) return true;
  if (!Number.isFinite(left) || !Number.isFinite(right)) return false;
  return Math.abs(left - right) <= relativeTolerance * Math.max(Math.abs(left), Math.abs(right));
}

function firstOf<T>(items: readonly T[], find: (item: T, index: number) => string | null): string | null {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== null) return found;
  }
  return null;
}
