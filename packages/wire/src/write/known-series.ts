// HOT PATH: about 60 ns a series of nine labels, no allocation; write-walk.bench.ts.
/**
 * What most series of a remote-write 2.0 request are, taken in one loop: the references of the series that is expected, in
 * its order, a sample of a value and a timestamp of six bytes, and metadata that says nothing or is not there.
 *
 * There is no call in the loop, so that what it works on is loaded from its objects once and not for each series, and of
 * two references it reads four bytes at once. What is written any other way ends it: WriteWalkV2 goes on there.
 */
import type { SampleBatch } from '@promontory/model';
import { WIRE_LENGTH_DELIMITED, WIRE_VARINT } from '../protobuf-scan.ts';
import { type LabelRunCache, NOTE_BYTES, NOTE_TEXT } from './label-run-cache.ts';
import { ENTRY_NOTES, ENTRY_REF, ENTRY_WORDS } from './run-table.ts';
import { TAG_SAMPLE_VALUE } from './sample-reader.ts';
import type { SymbolTable } from './symbol-table.ts';

export const TAG_TIME_SERIES = (5 << 3) | WIRE_LENGTH_DELIMITED;
export const TAG_REFS = (1 << 3) | WIRE_LENGTH_DELIMITED;
export const TAG_SAMPLE = (2 << 3) | WIRE_LENGTH_DELIMITED;
export const TAG_METADATA = (5 << 3) | WIRE_LENGTH_DELIMITED;
const TAG_SAMPLE_TIMESTAMP = (2 << 3) | WIRE_VARINT;
/** With its tag and length. */
const SAMPLE_BYTES = 18;
/** How it begins: tag, length, tag of the value. */
const SAMPLE_HEAD_MASK = 0xffffff;
const SAMPLE_HEAD = TAG_SAMPLE | ((SAMPLE_BYTES - 2) << 8) | (TAG_SAMPLE_VALUE << 16);
/** With their tags and lengths of one byte, a series and its references take so much beside the sample, or more. */
const HEADS_BYTES_MIN = 5;
/** Four bytes are read at the last reference. */
export const BYTES_BEHIND_REFS_MIN = 3;
/** Of four bytes: whether another byte of the number follows. */
const MORE_BITS = 0x80808080 | 0;
const TWO_POW_28 = 2 ** 28;
const TWO_POW_35 = 2 ** 35;

/** A request whose symbols are read. */
export interface KnownRequest {
  readonly bytes: Uint8Array;
  /** Of the same bytes. */
  readonly view: DataView;
  readonly symbols: SymbolTable;
  /** Of ids of symbols. */
  readonly runs: LabelRunCache;
}

/** @returns where the series of this kind end that lie one after another at `position` */
export function takeKnownSeries(
  { bytes, view, symbols, runs }: KnownRequest,
  position: number,
  end: number,
  batch: SampleBatch,
): number {
  const { ids } = symbols;
  const { table, textWords } = runs;
  const { entries } = table;
  const { ref, timestampMs, valueWords, samplesCapacity } = batch;
  let entry = table.expectedAt;
  let count = batch.sampleCount;
  let at = position;
  while (
    at + SAMPLE_BYTES + HEADS_BYTES_MIN < end &&
    bytes[at] === TAG_TIME_SERIES &&
    count < samplesCapacity
  ) {
    const short = bytes[at + 1]!;
    const isLong = short > 127;
    const start = at + (isLong ? 3 : 2);
    const seriesEnd = start + (isLong ? (short & 127) | (bytes[at + 2]! << 7) : short);
    const refsAt = start + 2;
    const refsBytes = bytes[start + 1]!;
    const sampleAt = refsAt + refsBytes;
    const restAt = sampleAt + SAMPLE_BYTES;
    if (seriesEnd > end || bytes[start] !== TAG_REFS || refsBytes > 127) break;
    const isEnd = restAt === seriesEnd;
    if (!isEnd && (restAt + 2 !== seriesEnd || view.getInt16(restAt, true) !== TAG_METADATA)) break;
    if ((view.getInt32(sampleAt, true) & SAMPLE_HEAD_MASK) !== SAMPLE_HEAD) break;
    if (bytes[sampleAt + 11] !== TAG_SAMPLE_TIMESTAMP) break;

    const word = 2 * entries[entry + ENTRY_NOTES + NOTE_TEXT]!;
    const wordsEnd = word + (entries[entry + ENTRY_NOTES + NOTE_BYTES]! >>> 2);
    if (word === 0 || !areRefsOf(view, refsAt, sampleAt, ids, textWords, word, wordsEnd)) break;
    const timeMs = sixBytesVarint(view.getInt32(sampleAt + 12, true), view.getUint16(sampleAt + 16, true));
    if (timeMs < 0) break;
    timestampMs[count] = timeMs;
    valueWords[2 * count] = view.getInt32(sampleAt + 3, true);
    valueWords[2 * count + 1] = view.getInt32(sampleAt + 7, true);
    ref[count++] = entries[entry + ENTRY_REF]!;
    entry += ENTRY_WORDS;
    at = seriesEnd;
  }
  table.expectAt(entry);
  batch.sampleCount = count;
  return at;
}

/**
 * Whether the packed references `[start, end)` stand for the ids `[firstWord, wordsEnd)`. Behind them lie
 * BYTES_BEHIND_REFS_MIN bytes more of the view.
 * A name and a value are one byte each, or one or two of them go on for a byte.
 */
export function areRefsOf(
  view: DataView,
  start: number,
  end: number,
  ids: Int32Array,
  textWords: Int32Array,
  firstWord: number,
  wordsEnd: number,
): boolean {
  let read = start;
  let word = firstWord;
  while (read < end && word < wordsEnd) {
    const four = view.getInt32(read, true);
    let name = four & 127;
    let value = (four >>> 8) & 127;
    if ((four & 0x8080) === 0) read += 2;
    else if ((four & 0x808080) === 0x8000) {
      value |= (four >>> 9) & 0x3f80;
      read += 3;
    } else if ((four & 0x808080) === 0x80) {
      name |= value << 7;
      value = (four >>> 16) & 127;
      read += 3;
    } else if ((four & MORE_BITS) === 0x808000) {
      value |= ((four >>> 9) & 0x3f80) | ((four >>> 10) & 0x1fc000);
      read += 4;
    } else if ((four & MORE_BITS) === 0x800080) {
      name |= value << 7;
      value = ((four >>> 16) & 127) | ((four >>> 17) & 0x3f80);
      read += 4;
    } else return false;
    if (((ids[name]! ^ textWords[word]!) | (ids[value]! ^ textWords[word + 1]!)) !== 0) return false;
    word += 2;
  }
  return read === end && word === wordsEnd;
}

/** @returns the number that the low four and the high two bytes are, -1 when it has not six */
function sixBytesVarint(low: number, high: number): number {
  if ((low & MORE_BITS) !== MORE_BITS || (high & 0x8080) !== 0x80) return -1;
  const lowBits = (low & 127) | ((low >>> 1) & 0x3f80) | ((low >>> 2) & 0x1fc000) | ((low >>> 3) & 0xfe00000);
  return lowBits + (high & 127) * TWO_POW_28 + (high >>> 8) * TWO_POW_35;
}
