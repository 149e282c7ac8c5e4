/** A half-open range of UTF-16 units in the query text. */
export interface PositionRange {
  readonly start: number;
  readonly end: number;
}

/** `line:column` of a position, both counted from 1; columns count UTF-8 bytes, as Prometheus prints them. */
export function formatPosition(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  const column = new TextEncoder().encode(lines[lines.length - 1]).length + 1;
  return `${lines.length}:${column}`;
}
