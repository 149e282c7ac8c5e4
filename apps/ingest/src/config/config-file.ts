import { readFileSync } from 'node:fs';
import { errorMessage } from '@promontory/base';
import { type Document, parseDocument } from 'yaml';
import { CommandLineExit } from './command-line-exit.ts';
import type { Flag } from './flag.ts';
import { flagEntries } from './flags.ts';

/**
 * The settings of a YAML file: one map, its keys the names of the flags, its values text or numbers, or
 * lists of names where the flag takes some.
 *
 * @returns flag name → text
 * @throws CommandLineExit for a file that cannot be read and for anything in it that is no setting
 */
export function readConfigFile(path: string): ReadonlyMap<string, string> {
  const document = parseDocument(readText(path), { prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) throw CommandLineExit.usageError(`${path}: ${firstLine(problem.message)}`);
  const content = readContent(path, document);
  if (content === null || content === undefined) return new Map();
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw CommandLineExit.usageError(`${path}: want a map of settings, for example "retention: 30d"`);
  }
  return new Map(
    Object.entries(content).map(([key, value]) => [key, readValue(path, mustFindFlag(path, key), value)]),
  );
}

/** Aliases that unfold without end are refused by the parser with an error of its own. */
function readContent(path: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw CommandLineExit.usageError(`${path}: ${firstLine(errorMessage(cause))}`);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw CommandLineExit.usageError(`cannot read configuration file: ${errorMessage(cause)}`);
  }
}

function mustFindFlag(path: string, key: string): Flag<unknown> {
  const entry = flagEntries().find(([, flag]) => flag.name === key);
  if (entry !== undefined) return entry[1];
  throw CommandLineExit.usageError(`${path}: unknown key ${JSON.stringify(key)}`);
}

function readValue(path: string, { name, isList = false }: Flag<unknown>, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  // A name with a comma would become two.
  const isNames =
    Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes(','));
  if (isList && isNames) return value.join(',');
  const wanted = isList ? 'want text or a list of names without commas' : 'want text or a number';
  throw CommandLineExit.usageError(`${path}: ${name}: ${wanted}`);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
