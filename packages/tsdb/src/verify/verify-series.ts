/** Checks what is stored of series: their labels, waiting or in pages, against postings and fingerprints both ways. */
import {
  compareUtf8,
  decodeLabelBytes,
  encodeLabelBytes,
  LabelFingerprint,
  Labels,
  walkLabelBytes,
} from '@promontory/model';
import { decodeFingerprint, fingerprintKey } from '../index/fingerprint-index.ts';
import { addSeriesOfPage } from '../index/index-writer.ts';
import { SeriesPage } from '../index/series-page.ts';
import { SeriesPairs } from '../index/series-pairs.ts';
import { walkWaitingBatch } from '../index/waiting-batch.ts';
import { type Matched, type Matching, MatchingDifferences, MatchingSums } from './matching.ts';
import { KEY_END, KEY_START } from '../store/keys.ts';
import type { Verified } from './verification.ts';
import { walkPostings } from './verify-postings.ts';

/** In steps of a record. */
export function* verifySeries(verified: Verified): Generator<void> {
  yield* verifyPages(verified);
  yield* verifyWaiting(verified);
  verifySeriesCount(verified);
  yield* matchIndex(verified);
}

/** What series say of themselves, against what the index says of them. */
interface IndexMatching<M extends Matching> {
  readonly postings: M;
  readonly fingerprints: M;
}

/** Goes both ways, and again when they do not meet. */
function* matchIndex(verified: Verified): Generator<void> {
  const sums = { postings: new MatchingSums(), fingerprints: new MatchingSums() };
  yield* walkBothWays(verified, sums);
  const unmatched = {
    postings: sums.postings.unmatched(),
    fingerprints: sums.fingerprints.unmatched(),
  };
  if (unmatched.postings.size + unmatched.fingerprints.size === 0) return;
  const differences = {
    postings: new MatchingDifferences(unmatched.postings),
    fingerprints: new MatchingDifferences(unmatched.fingerprints),
  };
  yield* walkBothWays(verified, differences);
  reportDifferences(verified, differences.postings, 'the postings');
  reportDifferences(verified, differences.fingerprints, 'the fingerprints');
}

function reportDifferences(
  { findings, series }: Verified,
  differences: MatchingDifferences,
  indexName: string,
): void {
  for (const { text, ref, side } of differences.entries()) {
    let reason = `${indexName} say that it has ${text}, and it has not`;
    if (side === 1) reason = `it has ${text}, and ${indexName} do not say so`;
    else if (!series.has(ref)) reason = `${indexName} name it, and its labels are not there`;
    findings.add('series', `series ${ref}`, reason);
  }
}

function* walkBothWays(verified: Verified, matching: IndexMatching<Matching>): Generator<void> {
  const { store, snapshot, findings, meta, state } = verified;
  const fingerprint = new LabelFingerprint(meta.fingerprintKey);
  for (const { pairs } of walkPages(verified)) {
    addPage(pairs, fingerprint, state.fingerprintedRefEnd, matching);
    yield;
  }
  for (const { name, value, refs } of walkPostings(verified)) {
    const thing = pairOf(fingerprint, name, value);
    for (const ref of refs) matching.postings.add(thing, ref, -1);
    yield;
  }
  findings.counts.fingerprints = store.fingerprints.entryCount();
  for (const { key, value } of store.fingerprints.range(KEY_START, KEY_END, snapshot)) {
    const where = key.toString('hex');
    const ref = findings.tryRead('fingerprint record', where, () => decodeFingerprint(key, value));
    if (ref !== null) matching.fingerprints.add(new StoredFingerprint(key), ref, -1);
    yield;
  }
}

/** Series below `fingerprintedRefEnd` have a record of their fingerprint, which is the sum of their pairs' hashes. */
function addPage(
  pairs: SeriesPairs,
  fingerprint: LabelFingerprint,
  fingerprintedRefEnd: number,
  matching: IndexMatching<Matching>,
): void {
  const { arena } = pairs.pairs;
  const things = Array.from({ length: pairs.pairs.count }, (_unused, pair) => {
    const text = (): string => textOf(pairs.nameText(pairs.nameIdOf(pair)), pairs.valueText(pair));
    return new HashedPair(fingerprint, arena, pairs.pairs.start(pair), pairs.pairs.end(pair), text);
  });
  for (let series = 0; series < pairs.seriesCount; series++) {
    const ref = pairs.ref(series);
    let [lane0, lane1, lane2] = [0, 0, 0];
    for (let at = pairs.pairStart(series); at < pairs.pairEnd(series); at++) {
      const thing = things[pairs.pairIds.values[at]!]!;
      matching.postings.add(thing, ref, 1);
      lane0 = (lane0 + thing.lane0) | 0;
      lane1 = (lane1 + thing.lane1) | 0;
      lane2 = (lane2 + thing.lane2) | 0;
    }
    if (ref >= fingerprintedRefEnd) continue;
    matching.fingerprints.add(new StoredFingerprint(fingerprintKey(lane0, lane1, lane2)), ref, 1);
  }
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
        walkWaitingBatch(key, value, (index, bytes, start, end) => {
          checkWaiting(verified, firstRef + index, bytes.subarray(start, end));
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
    if (name === '') findings.add('series', `series ${ref}`, 'a label of it has no name');
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

function pairOf(fingerprint: LabelFingerprint, name: string, value: string): HashedPair {
  const bytes = encodeLabelBytes(Labels.fromSortedPairs([name, value]));
  let start = 0;
  walkLabelBytes(bytes, 0, bytes.length, ({ messageStart }) => (start = messageStart));
  return new HashedPair(fingerprint, bytes, start, bytes.length, () => textOf(name, value));
}

/** A label pair, by the hash that fingerprints are made of. */
class HashedPair implements Matched {
  readonly lane0: number;
  readonly lane1: number;
  readonly lane2: number;
  readonly text: () => string;

  /** @param labelBytes the pair's canonical message without its length, from `start` to before `end` */
  constructor(
    fingerprint: LabelFingerprint,
    labelBytes: Uint8Array,
    start: number,
    end: number,
    text: () => string,
  ) {
    fingerprint.reset();
    fingerprint.add(
      new DataView(labelBytes.buffer, labelBytes.byteOffset, labelBytes.byteLength),
      start,
      end,
    );
    this.lane0 = fingerprint.lane0;
    this.lane1 = fingerprint.lane1;
    this.lane2 = fingerprint.lane2;
    this.text = text;
  }
}

class StoredFingerprint implements Matched {
  readonly lane0: number;
  readonly lane1: number;
  readonly text: () => string;

  /** @param key of its record */
  constructor(key: Buffer) {
    const lane = (index: number): number => (key.length === 12 ? key.readInt32BE(4 * index) : 0);
    this.lane0 = lane(0) ^ Math.imul(lane(2), 0x27d4eb2f);
    this.lane1 = lane(1);
    this.text = () => `fingerprint ${key.toString('hex')}`;
  }
}

function textOf(name: string, value: string): string {
  return `${name}=${JSON.stringify(value)}`;
}
