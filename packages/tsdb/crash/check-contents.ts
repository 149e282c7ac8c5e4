/** Compares a database with what must be in it: every sample, exemplar and piece of metadata. */
import type { Tsdb } from '../src/index.ts';
import { differences as seriesDifferences } from '../src/model-fuzz/store-model.ts';
import { readContents, type SeriesSamples, type StoredContents } from '../src/model-fuzz/stored-contents.ts';
import { type ExpectedContents } from './workload.ts';

const DIFFERENCES_SHOWN = 5;

/**
 * The writes below `acknowledged` must be there, and of those after it either none or the next one. Its samples are
 * one transaction and are there all or none; its exemplars and metadata are another one, which comes before.
 *
 * @returns how many writes are there with their samples
 * @throws Error naming the first differences
 */
export function mustHoldWrites(tsdb: Tsdb, expected: ExpectedContents, acknowledged: number): number {
  const actual = readContents(tsdb);
  const wanted = expected.after(acknowledged);
  const lostOrChanged = sampleDifferences(actual, wanted);
  const found = [...lostOrChanged, ...annotationDifferences(actual, wanted)];
  if (found.length === 0) return acknowledged;
  const withNext = expected.after(acknowledged + 1);
  if (annotationDifferences(actual, withNext).length === 0) {
    if (sampleDifferences(actual, withNext).length === 0) return acknowledged + 1;
    if (lostOrChanged.length === 0) return acknowledged;
  }
  const shown = found.slice(0, DIFFERENCES_SHOWN).join('\n');
  throw new Error(`after ${acknowledged} acknowledged writes:\n${shown}`);
}

/**
 * What is there was written before the end of the write after `acknowledged`; anything may be lost.
 *
 * @throws Error naming the first differences
 */
export function mustHoldOnlyWritten(tsdb: Tsdb, expected: ExpectedContents, acknowledged: number): void {
  const found = differencesBeyondLoss(readContents(tsdb), expected.after(acknowledged + 1));
  if (found.length > 0) throw new Error(found.slice(0, DIFFERENCES_SHOWN).join('\n'));
}

/** @returns what is lost, changed or invented among the samples */
export function sampleDifferences(actual: StoredContents, wanted: StoredContents): string[] {
  const none: SeriesSamples = new Map();
  const names = new Set([...actual.samples.keys(), ...wanted.samples.keys()]);
  return Array.from(names).flatMap((name) =>
    seriesDifferences(name, actual.samples.get(name) ?? none, wanted.samples.get(name) ?? none, () => false),
  );
}

function annotationDifferences(actual: StoredContents, wanted: StoredContents): string[] {
  return [
    ...listDifferences('exemplars', actual.exemplars, wanted.exemplars),
    ...listDifferences('metadata', actual.metadata, wanted.metadata),
  ];
}

/** The order within a list does not count. */
function listDifferences(
  what: string,
  actual: ReadonlyMap<string, readonly string[]>,
  wanted: ReadonlyMap<string, readonly string[]>,
): string[] {
  const names = new Set([...actual.keys(), ...wanted.keys()]);
  return Array.from(names).flatMap((name) => {
    const got = (actual.get(name) ?? []).toSorted();
    const want = new Set(wanted.get(name));
    return [
      ...got.filter((text) => !want.has(text)).map((text) => `invented ${what} of ${name}: ${text}`),
      ...[...want].filter((text) => !got.includes(text)).map((text) => `lost ${what} of ${name}: ${text}`),
    ];
  });
}

/** @returns what is there and was never written; what lost only its start timestamp, or all but that, is not among it */
export function differencesBeyondLoss(actual: StoredContents, wanted: StoredContents): string[] {
  return [...sampleDifferences(actual, wanted), ...annotationDifferences(actual, wanted)].filter(
    (text) =>
      !text.startsWith('lost ') && !/^changed .* got (?:.* since 0|only a start since \d+)$/.test(text),
  );
}

/** How many samples, start timestamps, exemplars and pieces of metadata are lost. */
export function lossCount(actual: StoredContents, wanted: StoredContents): number {
  return sampleDifferences(actual, wanted).length + annotationDifferences(actual, wanted).length;
}
