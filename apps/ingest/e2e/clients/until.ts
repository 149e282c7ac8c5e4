/** Waiting for what another process does in its own time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage, systemClock } from '@promontory/base';

const POLL_MS = 200;
const TIMEOUT_MS = 45_000;

/**
 * @param attempt whatever it gives but null ends the waiting; what it throws counts as null until the deadline
 * @throws Error that says what was waited for, and what the last attempt threw
 */
export async function until<T>(what: string, attempt: () => Promise<T | null>): Promise<T> {
  const deadlineMs = systemClock.monotonicMs() + TIMEOUT_MS;
  let why = '';
  while (systemClock.monotonicMs() < deadlineMs) {
    try {
      const found = await attempt();
      if (found !== null) return found;
      why = '';
    } catch (error) {
      why = `: ${errorMessage(error)}`;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`${what}: not within ${TIMEOUT_MS} ms${why}`);
}
