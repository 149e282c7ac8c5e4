/** A `.test` script as lines: blocks of a command and what belongs to it, up to the next empty line. */

export interface ScriptLine {
  /** Counted from 1. */
  readonly line: number;
  /** Without the spaces around it. */
  readonly text: string;
}

export interface ScriptBlock extends ScriptLine {
  readonly body: readonly ScriptLine[];
}

/** Comments count as empty lines. `clear` has no body: a command may follow it at once. */
export function splitScript(text: string): ScriptBlock[] {
  const blocks: ScriptBlock[] = [];
  let body: ScriptLine[] | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = { line: index + 1, text: raw.trim() };
    if (line.text === '' || line.text.startsWith('#')) body = null;
    else if (body !== null) body.push(line);
    else {
      const own: ScriptLine[] = [];
      blocks.push({ ...line, body: own });
      body = /^(?:load|eval)/i.test(line.text) ? own : null;
    }
  }
  return blocks;
}
