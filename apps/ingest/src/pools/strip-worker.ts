/** Entry of the thread that strips types: of all modules that the entries lead to. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { StrippedModules } from './stripped-modules.ts';

/** As this project writes them: one line, single quotes. */
const IMPORTS = /(?:\bfrom|\bimport) '([^']+)'/g;

function stripAll(entries: readonly string[]): Map<string, string> {
  const sources = new Map<string, string>();
  const waiting = [...entries];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (!url.endsWith('.ts') || sources.has(url)) continue;
    const source = tryDo(() => stripOne(url));
    if (source === null) continue;
    sources.set(url, source);
    for (const [, specifier = ''] of source.matchAll(IMPORTS)) {
      const imported = tryDo(() => resolve(specifier, url));
      if (imported !== null) waiting.push(imported);
    }
  }
  return sources;
}

/** @returns null when it fails: what is not stripped here, Node.js strips or refuses when a thread loads it */
function tryDo<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}

function stripOne(url: string): string {
  return stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'));
}

function resolve(specifier: string, parentUrl: string): string {
  return specifier.startsWith('.') ? new URL(specifier, parentUrl).href : import.meta.resolve(specifier);
}

const hook = stripOne(new URL('./stripped-modules-hook.ts', import.meta.url).href);
const answer: StrippedModules = {
  sources: stripAll(workerData as readonly string[]),
  execArgv: ['--import', `data:text/javascript,${encodeURIComponent(hook)}`],
};
parentPort?.postMessage(answer);
