/**
 * What a test has sent to a server and what the server has acknowledged, bit for bit. Every sample is sent
 * once, so (series, time) names it.
 */
import type { SeededRandom } from '@promontory/base';
import { setStaleAt } from '@promontory/model';
import { compress, encodeWriteRequest, type WireSeries } from '@promontory/wire';

interface SentSample {
  readonly timestampMs: number;
  readonly low: number;
  readonly high: number;
  isAcknowledged: boolean;
}

const SAMPLES_PER_REQUEST_MAX = 2000;
/** Late samples come this far behind the newest: well within the out-of-order window. */
const LATE_MS = 60_000;

/** What the next write holds; `acknowledge` when it was answered 204. */
export interface Batch {
  readonly body: Uint8Array;
  acknowledge(): void;
}

export class SampleLedger {
  readonly #random: SeededRandom;
  readonly #bySeries = new Map<string, SentSample[]>();
  readonly #bits = new Float64Array(1);
  readonly #words = new Int32Array(this.#bits.buffer);
  #nextMs: number;
  #seriesCount = 0;

  /** @param startMs times begin here and grow by a millisecond a batch */
  constructor(random: SeededRandom, startMs: number) {
    this.#random = random;
    this.#nextMs = startMs;
  }

  get acknowledgedCount(): number {
    return [...this.#bySeries.values()].flat().filter(({ isAcknowledged }) => isAcknowledged).length;
  }

  /** A sample for each series, a late one for some, and one for a series never seen before. */
  nextBatch(seriesNames: readonly string[]): Batch {
    const timestampMs = this.#nextMs++;
    const added: [name: string, samples: SentSample[]][] = seriesNames.map((name) => {
      const isLate = this.#random.nextInt(4) === 0;
      const times = isLate ? [timestampMs, timestampMs - LATE_MS] : [timestampMs];
      return [name, times.map((time) => this.#newSample(time))];
    });
    added.push([`crash_once_${this.#seriesCount++}`, [this.#newSample(timestampMs)]]);
    for (const [name, samples] of added) {
      const known = this.#bySeries.get(name);
      if (known === undefined) this.#bySeries.set(name, [...samples]);
      else known.push(...samples);
    }
    return {
      body: encode(added),
      acknowledge: () => {
        for (const [, samples] of added) for (const sample of samples) sample.isAcknowledged = true;
      },
    };
  }

  /** Everything acknowledged, again: a server that has it answers 204 and stores nothing new. */
  acknowledgedBodies(): Uint8Array[] {
    const bodies: Uint8Array[] = [];
    let part: [name: string, samples: SentSample[]][] = [];
    let count = 0;
    for (const [name, all] of this.#bySeries) {
      const samples = all.filter(({ isAcknowledged }) => isAcknowledged);
      if (samples.length === 0) continue;
      part.push([name, samples]);
      count += samples.length;
      if (count < SAMPLES_PER_REQUEST_MAX) continue;
      bodies.push(encode(part));
      part = [];
      count = 0;
    }
    if (part.length > 0) bodies.push(encode(part));
    return bodies;
  }

  /** @returns whether exactly this was sent; a NaN stands for any */
  wasSent(name: string, timestampMs: number, value: number): boolean {
    const sent = this.#bySeries.get(name)?.find((each) => each.timestampMs === timestampMs);
    if (sent === undefined) return false;
    this.#words[0] = sent.low;
    this.#words[1] = sent.high;
    return Object.is(this.#bits[0], value);
  }

  /** Any 64 bits, with the special ones often. */
  #newSample(timestampMs: number): SentSample {
    const kind = this.#random.nextInt(8);
    this.#words[0] = this.#random.nextUint32();
    this.#words[1] = this.#random.nextUint32();
    if (kind === 0) setStaleAt(this.#words, 0);
    else if (kind === 1) this.#words[1] = 0x7ff80000 | this.#random.nextInt(1000);
    else if (kind < 4) this.#bits[0] = this.#random.nextInt(1_000_000) / 100;
    else if (kind === 4) this.#bits[0] = [0, -0, Infinity, -Infinity][this.#random.nextInt(4)] ?? 0;
    return { timestampMs, low: this.#words[0] ?? 0, high: this.#words[1] ?? 0, isAcknowledged: false };
  }
}

function encode(series: readonly (readonly [name: string, samples: readonly SentSample[]])[]): Uint8Array {
  return compress(encodeWriteRequest({ series: series.map(toWire), metadata: [] }));
}

function toWire([name, samples]: readonly [string, readonly SentSample[]]): WireSeries {
  const value = new Float64Array(samples.length);
  const words = new Int32Array(value.buffer);
  for (const [index, { low, high }] of samples.entries()) {
    words[2 * index] = low;
    words[2 * index + 1] = high;
  }
  return {
    labels: [
      { name: '__name__', value: name },
      { name: 'job', value: 'crash' },
    ],
    timestampMs: Float64Array.from(samples, ({ timestampMs }) => timestampMs),
    value,
    exemplars: [],
    histograms: [],
  };
}
