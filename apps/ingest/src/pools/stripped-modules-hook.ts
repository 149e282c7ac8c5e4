/** Loaded before the modules of a thread: takes those that were stripped instead of stripping them again. */
import { registerHooks } from 'node:module';
import { getEnvironmentData } from 'node:worker_threads';

// This module stands alone: its name for the sources is that of stripped-modules.ts.
const sources = getEnvironmentData('promontory.strippedSources') as unknown as ReadonlyMap<string, string>;

registerHooks({
  load: (url, context, nextLoad) => {
    const source = sources.get(url);
    return source === undefined ? nextLoad(url, context) : { format: 'module', source, shortCircuit: true };
  },
});
