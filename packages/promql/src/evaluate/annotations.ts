/** Warnings and infos of a query, each once, with the position they are about. */
import { formatPosition, type PositionRange } from '../ast/position.ts';
import type { Annotation } from './annotation-texts.ts';

export class Annotations {
  readonly #text: string;
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();

  /** @param text the query that positions refer to */
  constructor(text: string) {
    this.#text = text;
  }

  get warnings(): string[] {
    return [...this.#warnings];
  }

  get infos(): string[] {
    return [...this.#infos];
  }

  add({ severity, sentence }: Annotation, position: PositionRange): void {
    const text = `PromQL ${severity}: ${sentence} (${formatPosition(this.#text, position.start)})`;
    if (severity === 'warning') this.#warnings.add(text);
    else this.#infos.add(text);
  }
}
