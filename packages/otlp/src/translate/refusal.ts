/** Why a data point is refused: a value, since refusing one is not an error of the request. */
export class Refusal {
  readonly code: string;
  /** For a person; continues "metric x: ". */
  readonly why: string;

  constructor(code: string, why: string) {
    this.code = code;
    this.why = why;
  }
}

const SHOWN_CHARACTERS_MAX = 200;

/** A name as a message shows it: names of senders may have any length. */
export function quoted(name: string): string {
  const isLong = name.length > SHOWN_CHARACTERS_MAX;
  return JSON.stringify(isLong ? `${name.slice(0, SHOWN_CHARACTERS_MAX).toWellFormed()}…` : name);
}
