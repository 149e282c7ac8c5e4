/** Reads a head generation, in any thread. The caller pins the generation (generations.ts) while it reads. */
import type { SampleColumns } from '@promontory/model';
import {
  blockCapacityAt,
  HEADER_COUNT,
  HEADER_FIRST_BLOCK,
  HEADER_LATE_BLOCK,
  HEADER_WORDS,
  type HeadMemory,
  STATE_GENERATION,
} from './head-memory.ts';

export class HeadReader {
  readonly memory: HeadMemory;
  #header: Int32Array;
  #samples: Float64Array;
  #words: Int32Array;
  readonly #state: Int32Array;

  constructor(memory: HeadMemory) {
    this.memory = memory;
    this.#header = new Int32Array(memory.header, 0, memory.header.byteLength >>> 2);
    this.#samples = new Float64Array(memory.arena, 0, memory.arena.byteLength >>> 3);
    this.#words = new Int32Array(memory.arena, 0, memory.arena.byteLength >>> 2);
    this.#state = new Int32Array(memory.state);
  }

  get generation(): number {
    return Atomics.load(this.#state, STATE_GENERATION);
  }

  /**
   * Appends to `target` the series' samples with start <= timestamp <= end: first those that came in order,
   * then the late ones, in no order.
   */
  read(ref: number, startMsInclusive: number, endMsInclusive: number, target: SampleColumns): void {
    this.#refreshHeader();
    const base = ref * HEADER_WORDS;
    if (base + HEADER_WORDS > this.#header.length) return;
    const count = Atomics.load(this.#header, base + HEADER_COUNT);
    const newestLate = Atomics.load(this.#header, base + HEADER_LATE_BLOCK);
    this.#refreshArena();
    let block = this.#header[base + HEADER_FIRST_BLOCK]!;
    for (let read = 0; read < count;) {
      const inBlock = Math.min(blockCapacityAt(read), count - read);
      this.#copy(block + 1, inBlock, startMsInclusive, endMsInclusive, target);
      read += inBlock;
      block = this.#words[2 * block]!;
    }
    if (newestLate !== 0) this.#readLate(newestLate, startMsInclusive, endMsInclusive, target);
  }

  #readLate(newest: number, startMsInclusive: number, endMsInclusive: number, target: SampleColumns): void {
    for (let block = newest; block !== 0; block = Atomics.load(this.#words, 2 * block)) {
      this.#refreshArena();
      const count = Atomics.load(this.#words, 2 * block + 1);
      this.#copy(block + 1, count, startMsInclusive, endMsInclusive, target);
    }
  }

  #copy(position: number, count: number, startMs: number, endMs: number, target: SampleColumns): void {
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

  #refreshHeader(): void {
    const { header } = this.memory;
    if (header.byteLength >>> 2 !== this.#header.length) {
      this.#header = new Int32Array(header, 0, header.byteLength >>> 2);
    }
  }

  #refreshArena(): void {
    const { arena } = this.memory;
    if (arena.byteLength >>> 3 !== this.#samples.length) {
      this.#samples = new Float64Array(arena, 0, arena.byteLength >>> 3);
      this.#words = new Int32Array(arena, 0, arena.byteLength >>> 2);
    }
  }
}
