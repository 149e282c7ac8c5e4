/** Reads a head generation, in any thread. The caller pins the generation (generations.ts) while it reads. */
import { decodeHistogram, type HistogramSample, type SampleColumns } from '@promontory/model';
import {
  blockCapacityAt,
  HEADER_COUNT,
  HEADER_FIRST_BLOCK,
  HEADER_SIDE,
  HEADER_TAIL,
  HEADER_WORDS,
  type HeadMemory,
  HISTOGRAM_NODE_UNITS,
  NODE_HISTOGRAM,
  NODE_LATE,
  NODE_START,
  nodeBytes,
  nodePairs,
  nodeType,
  PAGE_REF_MASK,
  PAGE_REFS_SHIFT,
  PAGE_WORDS,
  STATE_GENERATION,
  STATE_SERIES_COUNT,
  unitsOf,
  wordsOf,
} from './head-memory.ts';

/** What a series has in a generation, from its header and the nodes of its side chain: no sample is looked at. */
export interface HeadSeriesSummary {
  /** Floats, late ones too; a late one that replaces another counts as well. */
  floatCount: number;
  histogramCount: number;
  /** Of the floats that came in order and of the histograms, both inclusive; Infinity and -Infinity when there are none. */
  firstTimestampMs: number;
  lastTimestampMs: number;
}

export class HeadReader {
  readonly memory: HeadMemory;
  #directory: Int32Array;
  #header: Int32Array;
  #samples: Float64Array;
  #words: Int32Array;
  readonly #state: Int32Array;

  constructor(memory: HeadMemory) {
    this.memory = memory;
    this.#directory = wordsOf(memory.directory);
    this.#header = wordsOf(memory.header);
    this.#samples = unitsOf(memory.arena);
    this.#words = wordsOf(memory.arena);
    this.#state = new Int32Array(memory.state);
  }

  get generation(): number {
    return Atomics.load(this.#state, STATE_GENERATION);
  }

  /** Whether the series has anything here. */
  has(ref: number): boolean {
    const base = this.#headerOf(ref);
    return base !== 0 && (Atomics.load(this.#header, base + HEADER_COUNT) > 0 || this.hasSide(ref));
  }

  /** Whether the series has anything but floats that came in order. */
  hasSide(ref: number): boolean {
    return this.#newestNodeOf(ref) !== 0;
  }

  /**
   * Appends to `target` the series' float samples with start <= timestamp <= end: first those that came in
   * order, then the late ones, in no order.
   */
  read(ref: number, startMsInclusive: number, endMsInclusive: number, target: SampleColumns): void {
    const base = this.#headerOf(ref);
    if (base === 0) return;
    const count = Atomics.load(this.#header, base + HEADER_COUNT);
    const newestNode = Atomics.load(this.#header, base + HEADER_SIDE);
    this.#refreshArena();
    let block = this.#header[base + HEADER_FIRST_BLOCK]!;
    for (let read = 0; read < count;) {
      const inBlock = Math.min(blockCapacityAt(read), count - read);
      this.#copyPairs(block + 1, inBlock, startMsInclusive, endMsInclusive, target);
      read += inBlock;
      block = this.#words[2 * block]!;
    }
    for (let node = newestNode; node !== 0; node = Atomics.load(this.#words, 2 * node)) {
      const word = this.#wordOf(node);
      if (nodeType(word) !== NODE_LATE) continue;
      this.#copyPairs(node + 1, nodePairs(word), startMsInclusive, endMsInclusive, target);
    }
  }

  /**
   * @returns the series' histograms with start <= timestamp <= end, in no order, owned by the caller
   * @throws PromontoryError ERR_HISTOGRAM_BYTES_INVALID when the memory does not hold what was written
   */
  readHistograms(ref: number, startMsInclusive: number, endMsInclusive: number): HistogramSample[] {
    const found: HistogramSample[] = [];
    for (let node = this.#newestNodeOf(ref); node !== 0; node = Atomics.load(this.#words, 2 * node)) {
      const word = this.#wordOf(node);
      if (nodeType(word) !== NODE_HISTOGRAM) continue;
      const timestampMs = this.#samples[node + 1]!;
      if (timestampMs < startMsInclusive || timestampMs > endMsInclusive) continue;
      const bytes = new Uint8Array(this.memory.arena, (node + HISTOGRAM_NODE_UNITS) * 8, nodeBytes(word));
      found.push({ timestampMs, histogram: decodeHistogram(bytes) });
    }
    return found;
  }

  /**
   * Appends to `target`, for each of the series' float samples and histograms with start <= timestamp <= end
   * whose start timestamp is known, the sample's timestamp and as value the start timestamp in ms; in no order.
   */
  readStartTimestamps(
    ref: number,
    startMsInclusive: number,
    endMsInclusive: number,
    target: SampleColumns,
  ): void {
    for (let node = this.#newestNodeOf(ref); node !== 0; node = Atomics.load(this.#words, 2 * node)) {
      const word = this.#wordOf(node);
      const type = nodeType(word);
      if (type === NODE_START) {
        this.#copyPairs(node + 1, nodePairs(word), startMsInclusive, endMsInclusive, target);
      } else if (type === NODE_HISTOGRAM && this.#samples[node + 2] !== 0) {
        this.#copyPairs(node + 1, 1, startMsInclusive, endMsInclusive, target);
      }
    }
  }

  /** The refs that have anything here, in the order of their first sample; owned by the caller. */
  refs(): Int32Array {
    const count = Atomics.load(this.#state, STATE_SERIES_COUNT);
    return wordsOf(this.memory.refs).slice(0, count);
  }

  /** Fills `target` and returns it. The writer goes on meanwhile: counts may be a little behind. */
  summarise(ref: number, target: HeadSeriesSummary): HeadSeriesSummary {
    target.floatCount = 0;
    target.histogramCount = 0;
    target.firstTimestampMs = Number.POSITIVE_INFINITY;
    target.lastTimestampMs = Number.NEGATIVE_INFINITY;
    const base = this.#headerOf(ref);
    if (base === 0) return target;
    target.floatCount = Atomics.load(this.#header, base + HEADER_COUNT);
    const newestNode = Atomics.load(this.#header, base + HEADER_SIDE);
    this.#refreshArena();
    if (target.floatCount > 0) {
      const firstPair = this.#header[base + HEADER_FIRST_BLOCK]! + 1;
      const lastPair = this.#header[base + HEADER_TAIL]! - 2;
      target.firstTimestampMs = this.#samples[firstPair]!;
      target.lastTimestampMs = this.#samples[lastPair] ?? target.firstTimestampMs;
    }
    for (let node = newestNode; node !== 0; node = Atomics.load(this.#words, 2 * node)) {
      const word = this.#wordOf(node);
      if (nodeType(word) === NODE_LATE) target.floatCount += nodePairs(word);
      if (nodeType(word) !== NODE_HISTOGRAM) continue;
      target.histogramCount++;
      target.firstTimestampMs = Math.min(target.firstTimestampMs, this.#samples[node + 1]!);
      target.lastTimestampMs = Math.max(target.lastTimestampMs, this.#samples[node + 1]!);
    }
    return target;
  }

  /** The second word of a node that a link led to. */
  #wordOf(node: number): number {
    this.#refreshArena();
    return Atomics.load(this.#words, 2 * node + 1);
  }

  #newestNodeOf(ref: number): number {
    const base = this.#headerOf(ref);
    return base === 0 ? 0 : Atomics.load(this.#header, base + HEADER_SIDE);
  }

  /** The word where the header of the ref begins, 0 when its page is not there. */
  #headerOf(ref: number): number {
    this.#refreshDirectory();
    const entry = ref >>> PAGE_REFS_SHIFT;
    if (entry >= this.#directory.length) return 0;
    const page = Atomics.load(this.#directory, entry);
    this.#refreshHeader();
    return page === 0 ? 0 : page * PAGE_WORDS + (ref & PAGE_REF_MASK) * HEADER_WORDS;
  }

  #copyPairs(position: number, count: number, startMs: number, endMs: number, target: SampleColumns): void {
    target.reserve(target.count + count);
    const { timestampMs, valueWords } = target;
    const samples = this.#samples;
    const words = this.#words;
    let written = target.count;
    for (let source = position; source < position + 2 * count; source += 2) {
      const time = samples[source]!;
      if (time < startMs || time > endMs) continue;
      timestampMs[written] = time;
      valueWords[2 * written] = words[2 * source + 2]!;
      valueWords[2 * written + 1] = words[2 * source + 3]!;
      written++;
    }
    target.count = written;
  }

  #refreshDirectory(): void {
    const { directory } = this.memory;
    if (directory.byteLength !== this.#directory.byteLength) {
      this.#directory = wordsOf(directory);
    }
  }

  #refreshHeader(): void {
    const { header } = this.memory;
    if (header.byteLength !== this.#header.byteLength) {
      this.#header = wordsOf(header);
    }
  }

  #refreshArena(): void {
    const { arena } = this.memory;
    if (arena.byteLength !== this.#samples.byteLength) {
      this.#samples = unitsOf(arena);
      this.#words = wordsOf(arena);
    }
  }
}
