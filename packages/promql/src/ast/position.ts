/** A half-open range of UTF-16 units in the query text. */
export interface PositionRange {
  readonly start: number;
  readonly end: number;
}

/** `line:column` of a position, both counted from 1; columns count UTF-8 bytes, as Prometheus prints them. */
export function formatPosition(text: string, position: number): string {
  const lineStart = text.lastIndexOf('\n', position - 1) + 1;
  let line = 1;
  for (let index = 0; index < lineStart; index++) if (text[index] === '\n') line++;
  const column = new TextEncoder().encode(text.slice(lineStart, position)).length + 1;
  return `${line}:${column}`;
}
