/**
 * What a test has sent to a server and what the server has acknowledged, bit for bit. Every sample is sent
 * once, so (series, time) names it.
 */
import type { SeededRandom } from '@promontory/base';
import { type HistogramSample, setStaleAt } from '@promontory/model';
import { compress, encodeWriteRequest, type WireHistogram, type WireSeries } from '@promontory/wire';
import { exampleHistogram } from './write-body.ts';

interface SentSample {
  readonly timestampMs: number;
  readonly low: number;
  readonly high: number;
  /** Instead of the value in `low` and `high`. */
  readonly histogram: WireHistogram | null;
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

  /**
   * A sample for each series, a late one for some, and one for a series never seen before. Every fourth is a
   * native histogram.
   */
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
    const sent = this.#sent(name, timestampMs);
    if (sent === undefined || sent.histogram !== null) return false;
    this.#words[0] = sent.low;
    this.#words[1] = sent.high;
    return Object.is(this.#bits[0], value);
  }

  wasHistogramSent(name: string, { timestampMs, histogram }: HistogramSample): boolean {
    const sent = this.#sent(name, timestampMs)?.histogram;
    if (sent === null || sent === undefined) return false;
    const [first = 0, difference = 0] = sent.positiveBuckets;
    const counts = [first, first + difference];
    return (
      sent.sum === histogram.sum &&
      sent.count === histogram.count &&
      counts.join() === histogram.positive.counts.join()
    );
  }

  #sent(name: string, timestampMs: number): SentSample | undefined {
    return this.#bySeries.get(name)?.find((each) => each.timestampMs === timestampMs);
  }

  #newSample(timestampMs: number): SentSample {
    const { low, high } = this.#newValue();
    const histogram = this.#random.nextInt(4) === 0 ? this.#newHistogram(timestampMs) : null;
    return { timestampMs, low, high, histogram, isAcknowledged: false };
  }

  /** Two buckets of any counts. */
  #newHistogram(timestampMs: number): WireHistogram {
    const counts = [this.#random.nextInt(1000), this.#random.nextUint32()] as const;
    return {
      ...exampleHistogram(timestampMs),
      count: counts[0] + counts[1],
      sum: this.#random.nextFloat(),
      positiveSpans: [{ offset: this.#random.nextInt(9) - 4, length: 2 }],
      positiveBuckets: [counts[0], counts[1] - counts[0]],
    };
  }

  /** Any 64 bits, with the special ones often. */
  #newValue(): { readonly low: number; readonly high: number } {
    const kind = this.#random.nextInt(8);
    this.#words[0] = this.#random.nextUint32();
    this.#words[1] = this.#random.nextUint32();
    if (kind === 0) setStaleAt(this.#words, 0);
    else if (kind === 1) this.#words[1] = 0x7ff80000 | this.#random.nextInt(1000);
    else if (kind < 4) this.#bits[0] = this.#random.nextInt(1_000_000) / 100;
    else if (kind === 4) this.#bits[0] = [0, -0, Infinity, -Infinity][this.#random.nextInt(4)] ?? 0;
    return { low: this.#words[0] ?? 0, high: this.#words[1] ?? 0 };
  }
}

function encode(series: readonly (readonly [name: string, samples: readonly SentSample[]])[]): Uint8Array {
  return compress(encodeWriteRequest({ series: series.map(toWire), metadata: [] }));
}

function toWire([name, samples]: readonly [string, readonly SentSample[]]): WireSeries {
  const floats = samples.filter(({ histogram }) => histogram === null);
  const value = new Float64Array(floats.length);
  const words = new Int32Array(value.buffer);
  for (const [index, { low, high }] of floats.entries()) {
    words[2 * index] = low;
    words[2 * index + 1] = high;
  }
  return {
    labels: [
      { name: '__name__', value: name },
      { name: 'job', value: 'crash' },
    ],
    timestampMs: Float64Array.from(floats, ({ timestampMs }) => timestampMs),
    value,
    exemplars: [],
    histograms: samples.flatMap(({ histogram }) => (histogram === null ? [] : [histogram])),
  };
}
