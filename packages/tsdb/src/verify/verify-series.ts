/** Checks what is stored of series: their labels, waiting or in pages, against postings and fingerprints both ways. */
import { hash } from 'node:crypto';
import { compareUtf8, decodeLabelBytes, LabelFingerprint, type Labels } from '@promontory/model';
import { decodeFingerprint, fingerprintKey } from '../index/fingerprint-index.ts';
import { addSeriesOfPage } from '../index/index-writer.ts';
import { SeriesPage } from '../index/series-page.ts';
import { SeriesPairs } from '../index/series-pairs.ts';
import { walkWaitingBatch } from '../index/waiting-batch.ts';
import { type Matched, type Matching, MatchingDifferences, MatchingSums } from './matching.ts';
import { KEY_END, KEY_START, type Verified } from './verification.ts';
import { walkPostings } from './verify-postings.ts';

/** In steps of a record. */
export function* verifySeries(verified: Verified): Generator<void> {
  yield* verifyPages(verified);
  yield* verifyWaiting(verified);
  verifySeriesCount(verified);
  yield* match(verified, walkPairs, 'the postings');
  yield* match(verified, walkFingerprints, 'the fingerprints');
}

type Walk = (verified: Verified, matching: Matching) => Generator<void>;

/** Goes both ways, and again when they do not meet. */
function* match(verified: Verified, walk: Walk, indexName: string): Generator<void> {
  const sums = new MatchingSums();
  yield* walk(verified, sums);
  const unmatched = sums.unmatched();
  if (unmatched.size === 0) return;
  const differences = new MatchingDifferences(unmatched);
  yield* walk(verified, differences);
  for (const { text, ref, side } of differences.entries()) {
    const where = `series ${ref}`;
    let reason = `${indexName} say that it has ${text}, and it has not`;
    if (side === 1) reason = `it has ${text}, and ${indexName} do not say so`;
    else if (!verified.series.has(ref)) reason = `${indexName} name it, and its labels are not there`;
    verified.findings.add('series', where, reason);
  }
}

function* walkPairs(verified: Verified, matching: Matching): Generator<void> {
  for (const { pairs } of walkPages(verified)) {
    const things = Array.from({ length: pairs.pairs.count }, (_unused, pair) =>
      labelPair(pairs.nameText(pairs.nameIdOf(pair)), pairs.valueText(pair)),
    );
    for (let series = 0; series < pairs.seriesCount; series++) {
      for (let at = pairs.pairStart(series); at < pairs.pairEnd(series); at++)
        matching.add(things[pairs.pairIds.values[at]!]!, pairs.ref(series), 1);
    }
    yield;
  }
  for (const run of walkPostings(verified)) {
    const thing = labelPair(run.name, run.value);
    for (const ref of run.refs) matching.add(thing, ref, -1);
    yield;
  }
}

/** Series below `fingerprintedRefEnd` have a record. */
function* walkFingerprints(verified: Verified, matching: Matching): Generator<void> {
  const { store, snapshot, findings, meta, state } = verified;
  const fingerprint = new LabelFingerprint(meta.fingerprintKey);
  for (const { pairs } of walkPages(verified)) {
    for (let series = 0; series < pairs.seriesCount; series++) {
      const ref = pairs.ref(series);
      if (ref < state.fingerprintedRefEnd) matching.add(fingerprintOf(fingerprint, pairs, series), ref, 1);
    }
    yield;
  }
  let count = 0;
  for (const { key, value } of store.fingerprints.range(KEY_START, KEY_END, snapshot)) {
    count++;
    const ref = findings.tryRead('fingerprint record', key.toString('hex'), () =>
      decodeFingerprint(key, value),
    );
    if (ref !== null) matching.add(fingerprintThing(key), ref, -1);
    yield;
  }
  findings.counts.fingerprints = count;
}

interface PageSeries {
  readonly pageNumber: number;
  readonly pairs: SeriesPairs;
}

/** The series of each page that can be read. What cannot is a finding. */
function* walkPages({ store, snapshot, findings, meta }: Verified): Generator<PageSeries> {
  for (const { key, value } of store.series.range(KEY_START, KEY_END, snapshot)) {
    const series = findings.tryRead('series page', key.toString('hex'), () => {
      const pairs = new SeriesPairs(meta.fingerprintKey[0]!);
      const pageNumber = key.readUInt32BE(0);
      addSeriesOfPage(pairs, pageNumber, new SeriesPage(key, value), () => false);
      return { pageNumber, pairs };
    });
    if (series !== null) yield series;
  }
}

function* verifyPages(verified: Verified): Generator<void> {
  const { findings, state, series: known } = verified;
  for (const { pairs } of walkPages(verified)) {
    for (let series = 0; series < pairs.seriesCount; series++) {
      const ref = pairs.ref(series);
      findings.counts.series++;
      if (ref >= state.indexedRefEnd)
        findings.add('series', `series ${ref}`, 'it is in a page, and the index state says that it is not');
      known.tryAdd(ref);
      checkLabels(verified, ref, pairs.labels(series));
    }
    yield;
  }
}

/** They follow one another from the end of the index to the next ref. */
function* verifyWaiting(verified: Verified): Generator<void> {
  const { store, snapshot, findings, state } = verified;
  let next = state.indexedRefEnd;
  let isEndKnown = true;
  for (const { key, value } of store.waiting.range(KEY_START, KEY_END, snapshot)) {
    const where = key.toString('hex');
    const firstRef = key.length === 4 ? key.readUInt32BE(0) : 0;
    if (firstRef < next || (isEndKnown && firstRef > next))
      findings.add('waiting batch', where, `it begins with series ${firstRef}, want ${next}`);
    next = firstRef;
    isEndKnown =
      findings.tryRead('waiting batch', where, () => {
        walkWaitingBatch(key, value, (index, start, end) => {
          checkWaiting(verified, firstRef + index, value.subarray(start, end));
          next = firstRef + index + 1;
        });
        return true;
      }) ?? false;
    yield;
  }
  if (isEndKnown && next !== state.nextRef)
    findings.add('index state', 'index state', `series ${next} to ${state.nextRef - 1} are nowhere`);
}

function checkWaiting(verified: Verified, ref: number, labelBytes: Uint8Array): void {
  const { findings, series } = verified;
  findings.counts.series++;
  const labels = findings.tryRead('series', `series ${ref}`, () => decodeLabelBytes(labelBytes));
  if (labels === null) return;
  checkLabels(verified, ref, labels);
  if (!series.tryAdd(ref)) findings.add('series', `series ${ref}`, 'it waits, and is there already');
}

function checkLabels({ findings }: Verified, ref: number, labels: Labels): void {
  let previous: string | null = null;
  for (const [name, value] of labels.entries()) {
    if (value === '') findings.add('series', `series ${ref}`, `label ${JSON.stringify(name)} is empty`);
    if (previous !== null && compareUtf8(previous, name) >= 0)
      findings.add('series', `series ${ref}`, `label ${JSON.stringify(name)} is out of order`);
    previous = name;
  }
  if (previous === null) findings.add('series', `series ${ref}`, 'it has no labels');
}

/** Every series that was made is there or was dropped. */
function verifySeriesCount({ findings, state, series }: Verified): void {
  if (findings.result.findings.length > 0) return;
  const wanted = state.nextRef - 1 - state.droppedSeriesCount;
  if (series.count !== wanted)
    findings.add('index state', 'index state', `it counts ${wanted} series, and there are ${series.count}`);
}

function labelPair(name: string, value: string): Matched {
  const digest = hash('sha1', `${name}\0${value}`, 'buffer');
  return {
    lane0: digest.readInt32LE(0),
    lane1: digest.readInt32LE(4),
    text: `${name}=${JSON.stringify(value)}`,
  };
}

function fingerprintOf(fingerprint: LabelFingerprint, pairs: SeriesPairs, series: number): Matched {
  fingerprint.reset();
  const { arena } = pairs.pairs;
  const view = new DataView(arena.buffer, arena.byteOffset, arena.byteLength);
  for (let at = pairs.pairStart(series); at < pairs.pairEnd(series); at++) {
    const pair = pairs.pairIds.values[at]!;
    fingerprint.add(view, pairs.pairs.start(pair), pairs.pairs.end(pair));
  }
  return fingerprintThing(fingerprintKey(fingerprint.lane0, fingerprint.lane1, fingerprint.lane2));
}

function fingerprintThing(key: Buffer): Matched {
  const lane = (index: number): number => (key.length === 12 ? key.readInt32BE(4 * index) : 0);
  return {
    lane0: lane(0) ^ Math.imul(lane(2), 0x27d4eb2f),
    lane1: lane(1) ^ lane(2),
    text: `fingerprint ${key.toString('hex')}`,
  };
}
