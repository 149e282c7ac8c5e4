// HOT PATH: about 1.2 µs to add a series of nine labels; series-registry.bench.ts.
/**
 * Some series as columns of numbers: every label pair and every label name is interned, and a series is the
 * list of its pairs. What the writer builds postings and pages from, and how readers hold the series that wait
 * for the index.
 *
 * Series are numbered from 0 as they are added, with ascending refs. Series i has the pairs
 * `pairIds[pairEnd(i - 1), pairEnd(i))`, in the order of its labels (by name).
 */
import { assert } from '@promontory/base';
import { encodeLabelBytes, Labels, type LabelSpan, walkLabelBytes } from '@promontory/model';
import { ByteInterner } from './byte-interner.ts';
import { IntColumn } from './int-column.ts';

export class SeriesPairs {
  /** Canonical label messages (docs/format/tsdb.md, label bytes). */
  readonly pairs: ByteInterner;
  readonly names: ByteInterner;
  readonly pairIds = new IntColumn(1024);
  readonly #refs = new IntColumn();
  readonly #pairEnds = new IntColumn();
  /** pair → name */
  readonly #nameIds = new IntColumn();
  /** pair → offset of its value in the arena of `pairs`. */
  readonly #valueStarts = new IntColumn();
  readonly #nameTexts: string[] = [];
  readonly #valueTexts: string[] = [];
  readonly #addLabel: (span: LabelSpan) => void;
  #source: Uint8Array = new Uint8Array(0);

  /** @param seed what senders do not know */
  constructor(seed: number) {
    this.pairs = new ByteInterner(seed);
    this.names = new ByteInterner(seed);
    this.#addLabel = (span) => this.#addPair(span);
  }

  get seriesCount(): number {
    return this.#refs.length;
  }

  /** @param ref above all refs that were added before */
  add(ref: number, source: Uint8Array, start: number, end: number): void {
    const { length } = this.#refs;
    assert(length === 0 || ref > this.#refs.values[length - 1]!, 'series are added by ref', { ref });
    this.#source = source;
    walkLabelBytes(source, start, end, this.#addLabel);
    this.#refs.push(ref);
    this.#pairEnds.push(this.pairIds.length);
  }

  ref(series: number): number {
    return this.#refs.values[series]!;
  }

  /** @returns the first series with a ref at or above `ref`, `seriesCount` when there is none */
  seriesAt(ref: number): number {
    let low = 0;
    let high = this.#refs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#refs.values[middle]! < ref) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  pairStart(series: number): number {
    return series === 0 ? 0 : this.#pairEnds.values[series - 1]!;
  }

  pairEnd(series: number): number {
    return this.#pairEnds.values[series]!;
  }

  /** @returns the pair, -1 when no series has it */
  find(name: string, value: string): number {
    const bytes = encodeLabelBytes(Labels.fromSortedPairs([name, value]));
    let found = -1;
    walkLabelBytes(bytes, 0, bytes.length, ({ messageStart, valueEnd }) => {
      found = this.pairs.find(bytes, messageStart, valueEnd);
    });
    return found;
  }

  /** @returns the series' pair of that name, -1 for none */
  pairOfName(series: number, name: number): number {
    const end = this.pairEnd(series);
    for (let at = this.pairStart(series); at < end; at++) {
      const pair = this.pairIds.values[at]!;
      if (this.#nameIds.values[pair] === name) return pair;
    }
    return -1;
  }

  nameIdOf(pair: number): number {
    return this.#nameIds.values[pair]!;
  }

  /** Offset of the pair's value in `pairs.arena`; it ends at `pairs.end(pair)`. */
  valueStart(pair: number): number {
    return this.#valueStarts.values[pair]!;
  }

  nameText(name: number): string {
    return (this.#nameTexts[name] ??= this.names.text(name));
  }

  /** Decoded once. */
  valueText(pair: number): string {
    const known = this.#valueTexts[pair];
    if (known !== undefined) return known;
    const { arena } = this.pairs;
    const bytes = Buffer.from(arena.buffer, arena.byteOffset, arena.byteLength);
    return (this.#valueTexts[pair] = bytes.toString('utf8', this.valueStart(pair), this.pairs.end(pair)));
  }

  labels(series: number): Labels {
    const flat: string[] = [];
    for (let at = this.pairStart(series); at < this.pairEnd(series); at++) {
      const pair = this.pairIds.values[at]!;
      flat.push(this.nameText(this.nameIdOf(pair)), this.valueText(pair));
    }
    return Labels.fromSortedPairs(flat);
  }

  #addPair(span: LabelSpan): void {
    const source = this.#source;
    const known = this.pairs.count;
    const pair = this.pairs.intern(source, span.messageStart, span.valueEnd);
    this.pairIds.push(pair);
    if (pair < known) return;
    this.#nameIds.push(this.names.intern(source, span.nameStart, span.nameEnd));
    this.#valueStarts.push(this.pairs.start(pair) + span.valueStart - span.messageStart);
  }
}
