/**
 * Kill -9 under load, again and again: whatever was acknowledged is there after the restart, bit for bit,
 * and nothing is there that was never sent.
 *
 * Bits are compared by the server itself: a sample sent again is counted as a duplicate when time and bits
 * are the same, and refused when the bits differ. Values in answers are compared as numbers besides, and native
 * histograms in the data directory.
 */
import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { assert, SeededRandom } from '@promontory/base';
import { SampleLedger } from './sample-ledger.ts';
import { readStoredHistograms } from './stored-histograms.ts';
import { makeFolder, TestServer } from './test-server.ts';

const WRITERS = 4;
const SERIES_PER_WRITER = 10;
const DUPLICATES = 'promontory_storage_samples_duplicate_total';
const APPENDED = 'promontory_storage_samples_appended_total';
const BLOCKS = 'promontory_storage_blocks_written_total';
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['+Inf', Infinity],
  ['-Inf', -Infinity],
]);

const folders: string[] = [];
let server: TestServer | null = null;

afterAll(async () => {
  await server?.stop('SIGKILL');
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
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

/** @returns blocks written until shortly before the kill */
async function loadAndKill(target: TestServer, ledger: SampleLedger, loadMs: number): Promise<number> {
  const before = ledger.acknowledgedCount;
  const writers = Array.from({ length: WRITERS }, (_, writer) => writeUntilGone(target, ledger, writer));
  while (ledger.acknowledgedCount === before) await sleep(5);
  await sleep(loadMs);
  const blocksWritten = await target.metric(BLOCKS);
  await target.stop('SIGKILL');
  await Promise.all(writers);
  return blocksWritten;
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

/** Of a server that has ended. @returns how many histograms it stored, and which were never sent */
async function storedHistograms(
  dataFolder: string,
  ledger: SampleLedger,
): Promise<{ readonly count: number; readonly invented: readonly string[] }> {
  const invented: string[] = [];
  let count = 0;
  for (const { labels, samples } of await readStoredHistograms(dataFolder, 'job', 'crash')) {
    const name = labels['__name__'] ?? '';
    const unknown = samples.filter((sample) => !ledger.wasHistogramSent(name, sample));
    invented.push(...unknown.map(({ timestampMs }) => `${name} at ${timestampMs}`));
    count += samples.length;
  }
  return { count, invented };
}

interface KillLoop {
  readonly what: string;
  readonly rounds: number;
  readonly loadMsMax: number;
  readonly flags: readonly string[];
  readonly blocksWrittenMin: number;
}

const LOOPS: readonly KillLoop[] = [
  { what: 'samples in logs', rounds: 10, loadMsMax: 400, flags: [], blocksWrittenMin: 0 },
  // Some freezes, flushes and deletions of logs a second, so that the kills hit them.
  {
    what: 'blocks being written',
    rounds: 6,
    loadMsMax: 1500,
    flags: ['--log-bytes-max', '16KiB'],
    blocksWrittenMin: 3,
  },
];

it.each(LOOPS)('$rounds kills with $what lose and invent nothing', { timeout: 180_000 }, async (loop) => {
  const { rounds, flags } = loop;
  const seed = randomInt(2 ** 31);
  const random = new SeededRandom(seed);
  const ledger = new SampleLedger(random, Date.now() - 10 * 60_000);
  const dataFolder = await makeFolder();
  folders.push(dataFolder);
  let blocksWritten = 0;
  server = await TestServer.start({ dataFolder, flags });
  for (let round = 0; round < rounds; round++) {
    blocksWritten += await loadAndKill(server, ledger, random.nextInt(loop.loadMsMax));
    server = await TestServer.start({ dataFolder, flags });
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
  expect(ledger.acknowledgedCount).toBeGreaterThan(rounds * WRITERS * SERIES_PER_WRITER);
  expect(blocksWritten).toBeGreaterThanOrEqual(loop.blocksWrittenMin);
  await server.stop('SIGKILL');
  const { count, invented } = await storedHistograms(dataFolder, ledger);
  expect({ seed, invented }).toEqual({ seed, invented: [] });
  expect(count).toBeGreaterThan(rounds * WRITERS);
});
