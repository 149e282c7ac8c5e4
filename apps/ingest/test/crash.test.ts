/**
 * Kill -9 under load, again and again: whatever was acknowledged is there after the restart, bit for bit,
 * and nothing is there that was never sent.
 *
 * Bits are compared by the server itself: a sample sent again is counted as a duplicate when time and bits
 * are the same, and refused when the bits differ. Values in answers are compared as numbers besides.
 */
import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assert, SeededRandom } from '@promontory/base';
import { SampleLedger } from './sample-ledger.ts';
import { makeFolder, TestServer } from './test-server.ts';

const ROUNDS = 10;
const WRITERS = 4;
const SERIES_PER_WRITER = 10;
const LOAD_MS_MAX = 400;
const DUPLICATES = 'promontory_storage_samples_duplicate_total';
const APPENDED = 'promontory_storage_samples_appended_total';
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['+Inf', Infinity],
  ['-Inf', -Infinity],
]);

let dataFolder = '';
let server: TestServer | null = null;

beforeAll(async () => {
  dataFolder = await makeFolder();
});

afterAll(async () => {
  await server?.stop('SIGKILL');
  await rm(dataFolder, { recursive: true, force: true });
});

/** Writes until the server is gone. */
async function writeUntilGone(target: TestServer, ledger: SampleLedger, writer: number): Promise<void> {
  const names = Array.from({ length: SERIES_PER_WRITER }, (_, index) => `crash_${writer}_${index}`);
  for (;;) {
    const batch = ledger.nextBatch(names);
    const answer = await target.write(batch.body).catch(() => null);
    if (answer === null) return;
    assert(answer.status === 204, `a valid write is taken: ${answer.status} ${answer.text}`);
    batch.acknowledge();
  }
}

async function loadAndKill(target: TestServer, ledger: SampleLedger, loadMs: number): Promise<void> {
  const before = ledger.acknowledgedCount;
  const writers = Array.from({ length: WRITERS }, (_, writer) => writeUntilGone(target, ledger, writer));
  while (ledger.acknowledgedCount === before) await sleep(5);
  await sleep(loadMs);
  await target.stop('SIGKILL');
  await Promise.all(writers);
}

/** @returns samples in answers that were never sent */
async function inventedSamples(target: TestServer, ledger: SampleLedger): Promise<string[]> {
  const invented: string[] = [];
  for (const { metric, values } of await target.samples('{job="crash"}', '1d', Date.now())) {
    const name = metric['__name__'] ?? '';
    for (const [seconds, text] of values) {
      const timestampMs = Math.round(seconds * 1000);
      const value = NUMBERS.get(text) ?? Number(text);
      if (!ledger.wasSent(name, timestampMs, value)) invented.push(`${name} at ${timestampMs}: ${text}`);
    }
  }
  return invented;
}

it(`${ROUNDS} kills lose and invent nothing`, { timeout: 180_000 }, async () => {
  const seed = randomInt(2 ** 31);
  const random = new SeededRandom(seed);
  const ledger = new SampleLedger(random, Date.now() - 10 * 60_000);
  server = await TestServer.start({ dataFolder });
  for (let round = 0; round < ROUNDS; round++) {
    await loadAndKill(server, ledger, random.nextInt(LOAD_MS_MAX));
    server = await TestServer.start({ dataFolder });
    for (const body of ledger.acknowledgedBodies()) {
      expect(await server.write(body)).toMatchObject({ status: 204 });
    }
    const counts = [await server.metric(DUPLICATES), await server.metric(APPENDED)];
    expect({ seed, round, counts }).toEqual({ seed, round, counts: [ledger.acknowledgedCount, 0] });
    expect({ seed, round, invented: await inventedSamples(server, ledger) }).toEqual({
      seed,
      round,
      invented: [],
    });
  }
  expect(ledger.acknowledgedCount).toBeGreaterThan(ROUNDS * WRITERS * SERIES_PER_WRITER);
});
