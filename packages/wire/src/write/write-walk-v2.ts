// HOT PATH: about 80 ns a float at 100,000 known series of nine labels, no allocation; write-walk.bench.ts.
/**
 * One pass over the bytes of a remote-write 2.0 request (io.prometheus.write.v2.Request), as WriteWalk does for 1.0.
 *
 * Texts stand once in a table of symbols, and labels refer to them. Each text has an id that stays the same from request to
 * request (SymbolTable); the ids of a series' labels, in their order, name it as the bytes of its labels do in 1.0, and are
 * remembered in the same way (LabelRunCache). A series that is not remembered is read properly, as in 1.0. What most requests
 * are, series of known labels with a sample each, has a loop of its own (takeKnownSeries).
 *
 * Fields may come in any order, symbols behind series too: symbols are read in a pass of their own.
 */
import { METRIC_TYPES, type RejectionTally, type SampleBatch } from '@promontory/model';
import { ERR_SERIES_EMPTY, ERR_SYMBOL_REF_INVALID } from '../error-codes.ts';
import { ProtobufScan, WIRE_LENGTH_DELIMITED, WIRE_VARINT } from '../protobuf-scan.ts';
import { failSamplesMax } from './batch-room.ts';
import { ExemplarIntake } from './exemplar-intake.ts';
import { HistogramIntake } from './histogram-intake.ts';
import {
  BYTES_BEHIND_REFS_MIN,
  TAG_METADATA,
  TAG_REFS,
  TAG_SAMPLE,
  TAG_TIME_SERIES,
  areRefsOf,
  takeKnownSeries,
} from './known-series.ts';
import { LabelRefs } from './label-refs.ts';
import { LabelRunCache, NOTE_TEXT, RUN_BYTES_MIN } from './label-run-cache.ts';
import { SampleReader } from './sample-reader.ts';
import { type SaidMetadata, SeriesMetadata } from './series-metadata.ts';
import type { SeriesLabelLimits } from './series-labels.ts';
import { type SeriesLookup, SeriesResolver } from './series-resolver.ts';
import { SymbolTable } from './symbol-table.ts';

const TAG_SYMBOL = (4 << 3) | WIRE_LENGTH_DELIMITED;
const TAG_HISTOGRAM = (3 << 3) | WIRE_LENGTH_DELIMITED;
const TAG_EXEMPLAR = (4 << 3) | WIRE_LENGTH_DELIMITED;
/** Of senders older than the start timestamps of samples: that of all samples of the series. */
const TAG_CREATED_TIMESTAMP = (6 << 3) | WIRE_VARINT;
const TAG_METADATA_TYPE = (1 << 3) | WIRE_VARINT;
const TAG_METADATA_HELP = (3 << 3) | WIRE_VARINT;
const TAG_METADATA_UNIT = (4 << 3) | WIRE_VARINT;
/** Of labels that are read by reference, in a request. */
const TEXT_BYTES_MAX = 256 * 1024 ** 2;
const NO_BYTES = new Uint8Array(0);
const NO_VIEW: DataView = new DataView(NO_BYTES.buffer);

/** What is no type is said to be unknown. */
function knownType(type: number): number {
  return type < METRIC_TYPES.length ? type : 0;
}

export class WriteWalkV2 {
  readonly #scan = new ProtobufScan();
  readonly #resolver: SeriesResolver;
  readonly #samples = new SampleReader(this.#scan);
  readonly #histograms = new HistogramIntake(this.#scan);
  readonly #exemplars: ExemplarIntake;
  readonly #symbols: SymbolTable;
  readonly #refs: LabelRefs;
  /** Of ids. */
  readonly #runs: LabelRunCache;
  readonly #metadata: SeriesMetadata;
  /** Of the series that is walked. */
  readonly #said: SaidMetadata = { type: 0, help: 0, unit: 0 };
  #createdTimestampMs = 0;
  #isEmpty = true;
  /** Where the references lie that were found to be those that are expected, and were not read; 0 for none. */
  #skippedAt = 0;
  #skippedEnd = 0;
  #view: DataView = NO_VIEW;

  /** @param fingerprintKey the database's own three words */
  constructor(fingerprintKey: Int32Array, lookup: SeriesLookup, limits: SeriesLabelLimits) {
    this.#resolver = new SeriesResolver(fingerprintKey, lookup, limits, this.#scan);
    this.#symbols = new SymbolTable(fingerprintKey);
    this.#refs = new LabelRefs(this.#symbols);
    this.#exemplars = new ExemplarIntake(limits, this.#scan, this.#symbols);
    this.#runs = new LabelRunCache(fingerprintKey);
    this.#metadata = new SeriesMetadata(this.#symbols);
  }

  /** Looks every series up again, because refs that were found before may be gone. */
  forgetSeries(): void {
    this.#runs.clear();
  }

  /**
   * Walks a whole request. The batch must be clear; on an error its contents mean nothing.
   *
   * @param bytes the decompressed body; not kept
   * @param tally receives the samples of series that were refused, the histograms that were, series without anything, and
   *   exemplars and metadata that refer to symbols which are not there
   * @param leftOut receives the exemplars that were refused for their labels
   * @throws PromontoryError ERR_PROTOBUF_INVALID, ERR_WRITE_SAMPLES_MAX, ERR_WRITE_SYMBOLS_MAX,
   *   ERR_WRITE_HISTOGRAM_BYTES_MAX
   */
  walk(bytes: Uint8Array, batch: SampleBatch, tally: RejectionTally, leftOut: RejectionTally = tally): void {
    const scan = this.#scan;
    const end = bytes.length;
    scan.bytes = bytes;
    this.#setView(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const leadingEnd = this.#readSymbols(end);
    this.#metadata.begin();
    this.#resolver.labels.textBytesRead = 0;
    this.#exemplars.labels.textBytesRead = 0;
    const known = { bytes, view: this.#view, symbols: this.#symbols, runs: this.#runs };
    scan.position = leadingEnd;
    for (;;) {
      scan.position = takeKnownSeries(known, scan.position, end, batch);
      if (scan.position >= end) break;
      const tag = scan.tag(end);
      if (tag === TAG_TIME_SERIES) {
        const seriesEnd = scan.contentEnd(end);
        this.#walkSeries(seriesEnd, batch, tally, leftOut);
        this.#mustBeWithinText(batch);
        scan.position = seriesEnd;
      } else {
        scan.skip(tag, end);
      }
    }
    scan.bytes = NO_BYTES;
    this.#setView(NO_VIEW);
  }

  #setView(view: DataView): void {
    this.#view = view;
    this.#samples.view = view;
  }

  /** Labels that are not remembered are read in full, however short the references to them are. */
  #mustBeWithinText(batch: SampleBatch): void {
    const bytes = this.#resolver.labels.textBytesRead + this.#exemplars.labels.textBytesRead;
    if (bytes > TEXT_BYTES_MAX) failSamplesMax(batch);
  }

  /** @returns where the symbols end that the request begins with, as every sender has them */
  #readSymbols(end: number): number {
    const scan = this.#scan;
    const symbols = this.#symbols;
    if (!symbols.begin()) this.#runs.clear();
    const leadingEnd = this.#readLeadingSymbols(end);
    scan.position = leadingEnd;
    for (;;) {
      scan.position = this.#skipSeries(scan.position, end);
      if (scan.position >= end) break;
      const tag = scan.tag(end);
      if (tag === TAG_SYMBOL) this.#addSymbol(end);
      else scan.skip(tag, end);
    }
    symbols.finish();
    return leadingEnd;
  }

  #readLeadingSymbols(end: number): number {
    const scan = this.#scan;
    let position = 0;
    for (;;) {
      position = this.#symbols.addExpected(this.#view, position, end);
      if (position >= end || scan.bytes[position] !== TAG_SYMBOL) return position;
      scan.position = position + 1;
      this.#addSymbol(end);
      position = scan.position;
    }
  }

  #addSymbol(end: number): void {
    const scan = this.#scan;
    const symbolEnd = scan.contentEnd(end);
    this.#symbols.add(this.#view, scan.position, symbolEnd);
    scan.position = symbolEnd;
  }

  /** @returns where the series of less than 16 KiB end that lie one after another at `position` */
  #skipSeries(position: number, end: number): number {
    const { bytes } = this.#scan;
    let at = position;
    while (at + 2 < end && bytes[at] === TAG_TIME_SERIES) {
      const first = bytes[at + 1]!;
      const second = bytes[at + 2]!;
      let next = at + 2 + first;
      if (first > 127) {
        if (second > 127) break;
        next = at + 3 + ((first & 127) | (second << 7));
      }
      if (next > end) break;
      at = next;
    }
    return at;
  }

  #walkSeries(end: number, batch: SampleBatch, tally: RejectionTally, leftOut: RejectionTally): void {
    const expected = this.#skipExpectedRefs(end);
    const firstSample = batch.sampleCount;
    const firstHistogram = batch.histogramCount;
    const firstExemplar = batch.extras.exemplarCount;
    this.#readFields(end, batch, tally, leftOut);
    const endSample = batch.sampleCount;
    const endHistogram = batch.histogramCount;
    const endExemplar = batch.extras.exemplarCount;
    const count = endSample - firstSample + endHistogram - firstHistogram;
    const hasSamples = count > 0 || endExemplar > firstExemplar;
    const fault = this.#refs.findFault();
    let ref = 0;
    if (fault !== '') tally.add(ERR_SYMBOL_REF_INVALID, Math.max(1, count), () => `a series ${fault}`);
    else if (hasSamples) {
      ref = this.#skippedAt > 0 ? expected : this.#refOfSeries(Math.max(1, count), batch, tally);
    } else if (this.#isEmpty)
      tally.add(ERR_SERIES_EMPTY, 1, () => `series ${this.#describe()} has nothing to store`);
    for (let index = firstSample; index < endSample; index++) batch.ref[index] = ref;
    for (let index = firstHistogram; index < endHistogram; index++) batch.setHistogramRef(index, ref);
    for (let index = firstExemplar; index < endExemplar; index++) batch.extras.setExemplarRef(index, ref);
    const created = this.#createdTimestampMs;
    if (created !== 0) batch.setMissingStarts(firstSample, firstHistogram, created);
    const isRefused = fault !== '' || (hasSamples && ref === 0);
    if (!isRefused && this.#hasMetadata) this.#addMetadata(endHistogram > firstHistogram, batch, tally);
  }

  get #hasMetadata(): boolean {
    const { type, help, unit } = this.#said;
    return (type | help | unit) !== 0;
  }

  #addMetadata(isNative: boolean, batch: SampleBatch, tally: RejectionTally): void {
    const { bytes } = this.#scan;
    if (this.#skippedAt > 0 && this.#metadata.isRepeated(bytes, this.#skippedAt, this.#said)) return;
    this.#readSkippedRefs();
    const fault = this.#metadata.add(bytes, this.#refs, this.#said, isNative, batch);
    if (fault !== '') tally.add(ERR_SYMBOL_REF_INVALID, 1, () => `series ${this.#describe()} ${fault}`);
  }

  /** @returns the ref of the series that is expected, if the packed references `[start, end)` are its own, else 0 */
  #matchExpected(start: number, end: number): number {
    const { table, textWords, expectedBytes } = this.#runs;
    const word = 2 * table.expectedNote(NOTE_TEXT);
    if (word === 0) return 0;
    const areItsOwn = areRefsOf(
      this.#view,
      start,
      end,
      this.#symbols.ids,
      textWords,
      word,
      word + (expectedBytes >>> 2),
    );
    return areItsOwn ? table.takeExpected() : 0;
  }

  /**
   * Skips the references when they come first and are those of the series that is expected.
   *
   * @returns its ref, or 0 when nothing is skipped
   */
  #skipExpectedRefs(end: number): number {
    const scan = this.#scan;
    const { bytes, position: start } = scan;
    const refsBytes = bytes[start + 1]!;
    const refsEnd = start + 2 + refsBytes;
    this.#refs.clear();
    this.#skippedAt = 0;
    if (bytes[start] !== TAG_REFS || refsBytes > 127 || refsEnd > end) return 0;
    if (refsEnd + BYTES_BEHIND_REFS_MIN > bytes.length) return 0;
    const ref = this.#matchExpected(start + 2, refsEnd);
    if (ref === 0) return 0;
    this.#skippedAt = start + 2;
    this.#skippedEnd = refsEnd;
    scan.position = refsEnd;
    return ref;
  }

  /** For what needs to know the labels of a series, known or not. */
  #readSkippedRefs(): void {
    if (this.#skippedAt === 0) return;
    const scan = this.#scan;
    const { position } = scan;
    scan.position = this.#skippedAt;
    this.#refs.readPacked(scan, this.#skippedEnd);
    scan.position = position;
    this.#skippedAt = 0;
  }

  /** The samples and what else there is go into the batch, without their ref; labels and metadata are kept. */
  #readFields(end: number, batch: SampleBatch, tally: RejectionTally, leftOut: RejectionTally): void {
    const scan = this.#scan;
    this.#said.type = 0;
    this.#said.help = 0;
    this.#said.unit = 0;
    this.#createdTimestampMs = 0;
    this.#isEmpty = true;
    while (scan.position < end) {
      const tag = scan.tag(end);
      if (tag === TAG_SAMPLE) {
        const contentEnd = scan.contentEnd(end);
        this.#samples.read(scan.position, contentEnd, batch);
        scan.position = contentEnd;
        this.#isEmpty = false;
      } else if (tag === TAG_METADATA) this.#readMetadata(scan.contentEnd(end));
      else if (tag === TAG_HISTOGRAM) {
        const contentEnd = scan.contentEnd(end);
        this.#histograms.take(this.#view, contentEnd, batch, tally, this.#describe);
        scan.position = contentEnd;
        this.#isEmpty = false;
      } else if (tag === TAG_EXEMPLAR) {
        const contentEnd = scan.contentEnd(end);
        this.#exemplars.take(this.#view, contentEnd, batch, tally, leftOut, this.#describe);
        this.#mustBeWithinText(batch);
        scan.position = contentEnd;
        this.#isEmpty = false;
      } else if (tag === TAG_CREATED_TIMESTAMP) this.#createdTimestampMs = scan.varint64(end);
      else if (!this.#tryReadRefs(tag, end)) scan.skip(tag, end);
    }
    if (this.#hasMetadata) this.#isEmpty = false;
  }

  /** More references go on where those that were skipped end. */
  #tryReadRefs(tag: number, end: number): boolean {
    if (tag >>> 3 === 1) this.#readSkippedRefs();
    return this.#refs.tryRead(tag, this.#scan, end);
  }

  #readMetadata(end: number): void {
    const scan = this.#scan;
    const said = this.#said;
    while (scan.position < end) {
      const tag = scan.tag(end);
      if (tag === TAG_METADATA_TYPE) said.type = knownType(scan.varint32(end));
      else if (tag === TAG_METADATA_HELP) said.help = scan.varint32(end);
      else if (tag === TAG_METADATA_UNIT) said.unit = scan.varint32(end);
      else scan.skip(tag, end);
    }
  }

  /** @returns a ref (of either sign), or 0 when the series is refused with so many samples */
  #refOfSeries(count: number, batch: SampleBatch, tally: RejectionTally): number {
    const refs = this.#refs;
    const runs = this.#runs;
    const runBytes = refs.count * Int32Array.BYTES_PER_ELEMENT;
    const hasRun = runBytes >= RUN_BYTES_MIN;
    if (hasRun) {
      const expected = runs.expectedBytes === runBytes ? runs.takeExpected(refs.idsView, 0) : 0;
      const found = expected !== 0 ? expected : runs.find(refs.idsView, 0, runBytes);
      if (found !== 0) return found;
    }
    const areRead = this.#resolver.labels.tryReadRefs(refs, this.#symbols);
    const ref = this.#resolver.resolve(areRead, count, batch, tally);
    if (ref > 0 && hasRun) runs.remember(ref, refs.idsView, 0, runBytes);
    return ref;
  }

  readonly #describe = (): string => {
    this.#readSkippedRefs();
    const fault = this.#refs.findFault();
    if (fault !== '') return `that ${fault}`;
    const { labels } = this.#resolver;
    labels.tryReadRefs(this.#refs, this.#symbols);
    return labels.describe();
  };
}
