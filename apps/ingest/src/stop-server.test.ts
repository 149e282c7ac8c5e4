import { expect, it } from 'vitest';
import { type RunningParts, stopServer } from './stop-server.ts';

const ALL_STEPS = [
  'accept no more',
  'refuse requests',
  'announce',
  'close queries',
  'stop stages',
  'answer writes',
  'close itself',
  'close connections',
  'destroy stages',
  'close keys',
  'release lock',
];

/** @param failing what ends with an error of the same text */
function partsOf(steps: string[], failing: readonly string[]): RunningParts {
  const step = (name: string) => (): Promise<void> => {
    steps.push(name);
    return failing.includes(name) ? Promise.reject(new Error(name)) : Promise.resolve();
  };
  const take = (name: string) => (): void => {
    steps.push(name);
    if (failing.includes(name)) throw new Error(name);
  };
  const ended = failing.includes('stages') ? Promise.reject(new Error('stages')) : Promise.resolve();
  return {
    config: { shutdownTimeoutMs: 50 },
    http: { stopAccepting: take('accept no more'), exchangesOpen: 0, close: take('close connections') },
    routes: { stop: take('refuse requests') },
    self: { announceStop: take('announce'), close: take('close itself') },
    writing: {
      pipeline: { stop: take('stop stages'), finish: take('answer writes') },
      stages: { ended, destroy: step('destroy stages') },
    },
    queries: { close: step('close queries') },
    keys: { close: step('close keys') },
    lock: { release: step('release lock') },
    watching: Promise.resolve(),
    logger: { warn: () => undefined },
  };
}

it('takes every step in order', async () => {
  const steps: string[] = [];
  await stopServer(partsOf(steps, []));
  expect(steps).toEqual(ALL_STEPS);
});

it.each([
  ['a stage ended with an error', ['stages']],
  ['queries cannot be closed', ['close queries']],
  ['several parts fail', ['answer writes', 'close itself', 'destroy stages', 'close keys', 'release lock']],
])('takes every step when %s, and says what failed first', async (_what, failing) => {
  const steps: string[] = [];
  await expect(stopServer(partsOf(steps, failing))).rejects.toThrow(failing[0]);
  expect(steps).toEqual(ALL_STEPS);
});
