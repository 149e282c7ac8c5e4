/** Text of a `.test` script → commands. */
import { parseEval } from './parse-eval.ts';
import { parseLoad } from './parse-load.ts';
import { splitScript, type ScriptBlock } from './script-block.ts';
import { atLine, scriptError } from './script-error.ts';
import type { ScriptCommand } from './script.ts';

/** @throws PromontoryError ERR_CONFORMANCE_SCRIPT with the line in its context, see `lineOfError` */
export function parseScript(text: string): ScriptCommand[] {
  return splitScript(text).map(parseCommand);
}

function parseCommand(block: ScriptBlock): ScriptCommand {
  const { line, text } = block;
  if (/^clear(?:\s|$)/i.test(text)) return { kind: 'clear', line };
  if (text.startsWith('load')) return parseLoad(block);
  if (text.startsWith('eval')) return parseEval(block);
  return atLine(line, () => {
    throw scriptError(`unknown command ${text}`);
  });
}
