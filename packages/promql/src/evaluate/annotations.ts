/**
 * Warnings and infos of a query, each sentence once. As in Prometheus, a sentence that is true of several places points
 * to the one that is evaluated last.
 */
import { formatPosition, type PositionRange } from '../ast/position.ts';
import type { Annotation } from './annotation-texts.ts';
import { ForcedDecreases } from './forced-decreases.ts';

interface Told {
  readonly severity: Annotation['severity'];
  readonly sentence: string;
  /** null for annotations that count nothing. */
  readonly decreases: ForcedDecreases | null;
  position: PositionRange;
  order: number;
}

export class Annotations {
  readonly #text: string;
  /** By severity and sentence, in order of appearance. */
  readonly #told = new Map<string, Told>();
  #deferred: (() => void)[] = [];

  /** @param text the query that positions refer to */
  constructor(text: string) {
    this.#text = text;
  }

  get warnings(): string[] {
    return this.#texts('warning');
  }

  get infos(): string[] {
    return this.#texts('info');
  }

  /** @param order of the place in the evaluation of the query */
  add({ severity, sentence, decrease }: Annotation, position: PositionRange, order: number): void {
    const key = `${severity} ${sentence}`;
    let told = this.#told.get(key);
    if (told === undefined) {
      const decreases = decrease === undefined ? null : new ForcedDecreases();
      told = { severity, sentence, decreases, position, order };
      this.#told.set(key, told);
    }
    if (decrease !== undefined) told.decreases?.add(decrease);
    // What is counted keeps the first place that began to count, again as in Prometheus.
    const isBetterPlace = told.decreases === null ? order > told.order : order < told.order;
    if (isBetterPlace) {
      told.position = position;
      told.order = order;
    }
  }

  /** @param tell called before anything is listed: for what is known only when everything has been read */
  defer(tell: () => void): void {
    this.#deferred.push(tell);
  }

  #texts(severity: Annotation['severity']): string[] {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const tell of deferred) tell();
    const told = [...this.#told.values()].filter((one) => one.severity === severity);
    return told.map(({ sentence, decreases, position }) => {
      const place = formatPosition(this.#text, position.start);
      return `PromQL ${severity}: ${sentence}${decreases?.text ?? ''} (${place})`;
    });
  }
}
