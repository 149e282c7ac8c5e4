import type { Piscina } from 'piscina';

/**
 * Resolves once the threads of a pool that was just made have loaded their modules, or failed to. Until then they must
 * not be ended: Node.js aborts the process when a thread ends while it links modules.
 */
export function threadsLoaded(pool: Piscina, threads: number): Promise<void> {
  return new Promise((resolve) => {
    let loading = threads;
    pool.on('workerCreate', () => {
      loading--;
      if (loading === 0) resolve();
    });
    pool.once('error', () => resolve());
  });
}
