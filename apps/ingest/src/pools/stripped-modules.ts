/**
 * The modules of worker threads, stripped of their types before the threads start.
 *
 * Node.js strips types in the thread that loads a module, with a WebAssembly program whose memory grows. Growing detaches
 * an ArrayBuffer, and a thread in which that ever happened compiles every access to a typed array with a check for it
 * (V8's ArrayBufferDetaching protector): loops over samples take nearly twice as long. So one thread strips for all,
 * and ends; the others get JavaScript, and start sooner.
 */
import { once } from 'node:events';
import { setEnvironmentData, Worker } from 'node:worker_threads';
import { InvariantError } from '@promontory/base';

/** What the stripping thread answers. */
export interface StrippedModules {
  /** By URL. */
  readonly sources: ReadonlyMap<string, string>;
  /** Options of Node.js with which a thread takes them. */
  readonly execArgv: readonly string[];
}

const STRIPPED_SOURCES = 'promontory.strippedSources';

/**
 * Threads that start later and are given the options use what was stripped.
 *
 * @param entries the threads' first modules
 * @returns options of Node.js for threads, in place of those of the command line; null for modules that are JavaScript:
 *   threads take over the command line's
 */
export async function stripModules(entries: readonly URL[]): Promise<string[] | null> {
  if (!import.meta.url.endsWith('.ts')) return null;
  const worker = new Worker(new URL('./strip-worker.ts', import.meta.url), {
    workerData: entries.map(({ href }) => href),
    // Stripping by hand is an experiment of Node.js, doing it while loading is not: the same code.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const message = once(worker, 'message') as Promise<[StrippedModules]>;
  const exit = once(worker, 'exit').then(() => {
    throw new InvariantError('the thread that strips types answers before it ends');
  });
  const [{ sources, execArgv }] = await Promise.race([message, exit]);
  setEnvironmentData(STRIPPED_SOURCES, sources);
  return [...execArgv];
}
