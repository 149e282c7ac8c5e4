import type { Expression } from '../ast/expression.ts';

/** Parsed queries by text, the least recently used forgotten first. Errors are not kept. */
export class ParseCache {
  readonly #entriesMax: number;
  /** A Map iterates in the order of insertion: the first key is the oldest. */
  readonly #entries = new Map<string, Expression>();

  /** @param entriesMax 0 for none */
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  getOrParse(text: string, parse: (text: string) => Expression): Expression {
    const known = this.#entries.get(text);
    if (known !== undefined) {
      this.#entries.delete(text);
      this.#entries.set(text, known);
      return known;
    }
    const expression = parse(text);
    if (this.#entriesMax === 0) return expression;
    if (this.#entries.size >= this.#entriesMax) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    this.#entries.set(text, expression);
    return expression;
  }
}
