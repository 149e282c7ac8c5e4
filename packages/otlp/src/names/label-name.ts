/** The name of an OTLP attribute as a Prometheus label name. */

export interface LabelNaming {
  /** Whether characters outside of `[a-zA-Z0-9_]` become underscores. */
  readonly isEscaped: boolean;
  /** Whether `key` is put before a name that begins with one underscore. */
  readonly startsWithLetter: boolean;
  /** Whether each such character becomes an underscore of its own; otherwise runs become one. */
  readonly keepsUnderscores: boolean;
}

/** Remembers names: a request has few of them, many times each. One a request. */
export class LabelNamer {
  readonly #naming: LabelNaming;
  readonly #known = new Map<string, string | null>();

  constructor(naming: LabelNaming) {
    this.#naming = naming;
  }

  /** @returns null when nothing is left but underscores */
  nameOf(attribute: string): string | null {
    const known = this.#known.get(attribute);
    if (known !== undefined) return known;
    const name = labelNameOf(attribute, this.#naming);
    this.#known.set(attribute, name);
    return name;
  }
}

function labelNameOf(attribute: string, naming: LabelNaming): string | null {
  const name = naming.isEscaped ? escapedName(attribute, naming) : attribute;
  return /[^_]/.test(name) ? name : null;
}

function escapedName(attribute: string, { startsWithLetter, keepsUnderscores }: LabelNaming): string {
  const name = keepsUnderscores ? attribute.replaceAll(/[^a-zA-Z0-9_]/gu, '_') : collapsedName(attribute);
  if (/^[0-9]/.test(name)) return `key_${name}`;
  return startsWithLetter && /^_(?!_)/.test(name) ? `key${name}` : name;
}

/** Names that begin and end with two underscores are reserved and keep them. */
function collapsedName(attribute: string): string {
  const isReserved = attribute.length >= 4 && attribute.startsWith('__') && attribute.endsWith('__');
  const inner = isReserved ? attribute.slice(2, -2) : attribute;
  const collapsed = inner.replaceAll(/[^a-zA-Z0-9]+/g, '_');
  return isReserved ? `__${collapsed}__` : collapsed;
}
