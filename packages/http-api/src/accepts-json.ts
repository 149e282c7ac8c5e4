/** True when JSON is asked for by name; a client that takes anything gets text. */
export function acceptsJson(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((range) => /^\s*application\/json\s*(?:;|$)/i.test(range));
}
