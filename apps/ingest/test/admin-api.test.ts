/** What administrators do to the storage over HTTP, and what is left of it. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { openTsdb, restoreTsdb } from '@promontory/tsdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { head, RawConnection } from './raw-connection.ts';
import { type Answer, makeFolder, TestServer } from './test-server.ts';
import { exampleHistogram, type SeriesToWrite } from './write-body.ts';

const ADMIN = '/api/v1/admin/tsdb';
const FLAGS = ['--admin-api', 'on'];
const NOW_MS = Date.now();
/** Well below the time that an idle storage thread sleeps. */
const WOKEN_MS_MAX = 150;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ flags: FLAGS });
});

afterAll(() => server.stop());

function series(name: string, instance: string, sampleCount: number): SeriesToWrite {
  const samples = Array.from(
    { length: sampleCount },
    (_, index) => [NOW_MS - 1000 * (sampleCount - index), index] as const,
  );
  return { labels: { __name__: name, instance }, samples };
}

function administer(what: string, method = 'POST'): Promise<Answer> {
  return server.request(`${ADMIN}/${what}`, { method });
}

/** Samples by instance. */
async function countsOf(name: string): Promise<Record<string, number>> {
  const found = await server.samples(name, '1h', NOW_MS + 1);
  return Object.fromEntries(found.map(({ metric, values }) => [metric['instance'] ?? '', values.length]));
}

function dataOf(answer: Answer): unknown {
  return (JSON.parse(answer.text) as { data: unknown }).data;
}

describe('delete_series', () => {
  it('only counts in a dry run, then deletes for good, and the same can be written again', async () => {
    const written: SeriesToWrite[] = [
      { ...series('gone', 'a', 10), exemplarTimestampsMs: [NOW_MS - 500] },
      series('gone', 'b', 5),
      { labels: { __name__: 'gone', instance: 'h' }, histograms: [exampleHistogram(NOW_MS - 10)] },
      series('stays', 'a', 3),
    ];
    await server.mustWrite(written);
    const selected = `match[]=gone{instance="a"}&match[]=gone{instance="h"}`;
    const counts = { series: 2, floats: 10, histograms: 1, exemplars: 1 };
    const dry = await administer(`delete_series?${selected}&dry_run=true`);
    expect([dry.status, dataOf(dry)]).toEqual([200, counts]);
    expect(await countsOf('gone')).toEqual({ a: 10, b: 5, h: 0 });
    const real = await administer(`delete_series?${selected}&counts=true`, 'PUT');
    expect([real.status, dataOf(real)]).toEqual([200, counts]);
    expect([await countsOf('gone'), await countsOf('stays')]).toEqual([{ b: 5 }, { a: 3 }]);
    await server.mustWrite([series('gone', 'a', 10)]);
    expect(await countsOf('gone')).toEqual({ a: 10, b: 5 });
  });

  it('deletes a range, inclusive at both ends, and answers 204', async () => {
    await server.mustWrite([series('ranged', 'a', 10)]);
    const startSeconds = (NOW_MS - 6000) / 1000;
    const answer = await administer(
      `delete_series?match[]=ranged&start=${startSeconds}&end=${startSeconds + 2}`,
    );
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await countsOf('ranged')).toEqual({ a: 7 });
  });

  it('takes parameters of a form', async () => {
    await server.mustWrite([series('formed', 'a', 3)]);
    for (const method of ['POST', 'PUT']) {
      const body = new URLSearchParams({ 'match[]': 'formed', dry_run: '1' });
      const answer = await server.request(`${ADMIN}/delete_series`, { method, body });
      expect([answer.status, dataOf(answer)]).toMatchObject([200, { series: 1, floats: 3 }]);
    }
  });

  it('goes on when the client goes away', async () => {
    await server.mustWrite([series('abandoned', 'a', 3)]);
    const connection = await RawConnection.to(server.port);
    connection.send(head(`POST ${ADMIN}/delete_series?match[]=abandoned`, 'Content-Length: 0'));
    connection.close();
    await expect.poll(() => countsOf('abandoned')).toEqual({});
  });

  it('answers soon when nothing else wakes the storage thread', async () => {
    const durationsMs: number[] = [];
    for (let round = 0; round < 5; round++) {
      const startMs = systemClock.monotonicMs();
      await administer('delete_series?match[]=nothing');
      durationsMs.push(systemClock.monotonicMs() - startMs);
    }
    expect(durationsMs.toSorted((left, right) => left - right)[2]).toBeLessThan(WOKEN_MS_MAX);
  });

  it('refuses what selects everything, with an error that keeps its kind on its way', async () => {
    const answer = await administer('delete_series?match[]={}');
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([400, { errorType: 'bad_data' }]);
  });
});

it('clean_tombstones gives space back and leaves the rest', async () => {
  await server.mustWrite([series('cleaned', 'a', 500), series('cleaned', 'b', 500)]);
  await administer('delete_series?match[]=cleaned{instance="a"}');
  const answer = await administer('clean_tombstones', 'PUT');
  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(await countsOf('cleaned')).toEqual({ b: 500 });
  expect(await server.metric('promontory_storage_blocks_merged_total')).toBeGreaterThan(0);
});

describe('snapshot', () => {
  async function snapshot(): Promise<string> {
    const answer = await administer('snapshot?skip_head=false');
    expect(answer.status).toBe(200);
    const { name } = dataOf(answer) as { name: string };
    expect(name).toMatch(/^\d{8}T\d{6}Z-[0-7][0-9a-f]{15}$/);
    return join(server.dataFolder, 'snapshots', name);
  }

  it('holds what was acknowledged before, and can be restored and read', async () => {
    await server.mustWrite([series('kept', 'a', 4)]);
    const folder = await snapshot();
    await server.mustWrite([series('later', 'a', 4)]);
    const target = await makeFolder();
    try {
      const directory = join(target, 'restored');
      await restoreTsdb({ backupDirectory: folder, directory });
      const tsdb = await openTsdb({ directory });
      const range = { rangeStartMsInclusive: 0, rangeEndMsInclusive: NOW_MS };
      const set = tsdb.select({ matchers: [], ...range });
      const counts: Record<string, number> = {};
      for (let index = 0; index < set.seriesCount; index++) {
        const columns = new SampleColumns();
        set.read(index, columns);
        counts[set.labels(index).get('__name__')] = columns.count;
      }
      set.close();
      await tsdb.close();
      expect(counts).toMatchObject({ kept: 4 });
      expect(counts).not.toHaveProperty('later');
    } finally {
      await rm(target, { recursive: true });
    }
  });

  it('is made one at a time', async () => {
    const answers = await Promise.all(['snapshot', 'snapshot', 'snapshot'].map((what) => administer(what)));
    const statuses = answers.map(({ status }) => status).toSorted((left, right) => left - right);
    expect(statuses).toEqual([200, 503, 503]);
    const refused = answers.find(({ status }) => status === 503);
    expect(refused?.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect(refused?.text).toContain('one is being made');
    expect((await administer('snapshot')).status).toBe(200);
  });

  it('leaves nothing when it fails, and says why', async () => {
    const snapshots = join(server.dataFolder, 'snapshots');
    await rm(snapshots, { recursive: true, force: true });
    await writeFile(snapshots, 'in the way');
    const failed = await administer('snapshot');
    expect([failed.status, JSON.parse(failed.text)]).toMatchObject([503, { errorType: 'unavailable' }]);
    await rm(snapshots);
    await mkdir(snapshots);
    expect((await administer('snapshot')).status).toBe(200);
    expect(await readdir(snapshots)).toHaveLength(1);
  });
});

describe('while it is off', () => {
  it('is 403, and nothing happens', async () => {
    const closed = await TestServer.start();
    try {
      await closed.mustWrite([series('safe', 'a', 3)]);
      for (const what of ['delete_series?match[]=safe', 'clean_tombstones', 'snapshot']) {
        const answer = await closed.request(`${ADMIN}/${what}`, { method: 'POST' });
        expect([answer.status, JSON.parse(answer.text)]).toMatchObject([403, { errorType: 'forbidden' }]);
      }
      expect(await closed.samples('safe', '1h', NOW_MS)).toHaveLength(1);
      expect(existsSync(join(closed.dataFolder, 'snapshots'))).toBe(false);
    } finally {
      await closed.stop();
    }
  });
});

it('requests under way are answered when the server stops', async () => {
  const stopping = await TestServer.start({ flags: FLAGS });
  await stopping.mustWrite([series('last', 'a', 1000)]);
  const asked = Array.from({ length: 4 }, () =>
    stopping.request(`${ADMIN}/delete_series?match[]=last`, { method: 'POST' }),
  );
  const asking = Promise.all(asked);
  await stopping.metricBecomes('promontory_storage_blocks_written_total', 1);
  expect(await stopping.stop()).toBe(0);
  expect((await asking).map(({ status }) => status)).toEqual([204, 204, 204, 204]);
});
