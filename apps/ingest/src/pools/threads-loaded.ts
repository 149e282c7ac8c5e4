import type { Piscina } from 'piscina';

/**
 * Resolves once the threads of a pool have loaded their modules, or failed to. Until then they must not be ended: Node.js
 * aborts the process when a thread ends while it links modules. A pool says that its threads are there before they have.
 *
 * @param pool was just made, of threads that take one task at a time and export `loaded`, which does nothing
 */
export async function threadsLoaded(pool: Piscina, threads: number): Promise<void> {
  await Promise.allSettled(Array.from({ length: threads }, () => pool.run(undefined, { name: 'loaded' })));
}
