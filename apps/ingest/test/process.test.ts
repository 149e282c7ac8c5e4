/** The server as a process: what it prints, how it starts, refuses to start, and stops. */
import { rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChildServer, LOOPBACK_HOST } from '@promontory/tools';
import { runToEnd } from './process-run.ts';
import { head, RawConnection, WRITE_HEADERS } from './raw-connection.ts';
import { ACCESS_KEY, ENDLESS_QUERY, MAIN, makeFolder, TestServer } from './test-server.ts';
import { writeBody } from './write-body.ts';

const STOP_MS_MAX = 5000;

let folder = '';
const running: ChildServer[] = [];

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(async () => {
  for (const child of running.splice(0)) await child.stop('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function start(...flags: readonly string[]): Promise<ChildServer> {
  const child = await ChildServer.start({
    name: 'promontory',
    command: process.execPath,
    args: [MAIN, '--http-listen', `${LOOPBACK_HOST}:0`, '--data-dir', folder, ...flags],
    readyText: /^listening on /m,
  });
  running.push(child);
  return child;
}

async function startTest(...flags: readonly string[]): Promise<TestServer> {
  const server = await TestServer.start({ dataFolder: folder, flags });
  running.push(server.process);
  return server;
}

/** @returns the exit code, once the process has ended, and how long that took */
async function stopTimed(
  child: ChildServer,
  signal: NodeJS.Signals,
): Promise<{ exitCode: number | null; ms: number }> {
  const startedMs = performance.now();
  const exitCode = await child.stop(signal);
  return { exitCode, ms: performance.now() - startedMs };
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the first start', () => {
  it('prints a key pair and a remote_write block that work; the second start prints neither', async () => {
    const first = await start();
    const [, url = ''] = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(first.stdout) ?? [];
    const [, writeUrl = ''] = /^ {2}remote_write:\n {4}- url: (\S+)$/m.exec(first.stdout) ?? [];
    const [, username = ''] = /^ {8}username: (\S+)$/m.exec(first.stdout) ?? [];
    const [, password = ''] = /^ {8}password: (\S+)$/m.exec(first.stdout) ?? [];
    expect(writeUrl).toBe(`${url}/api/v1/write`);
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const written = await fetch(writeUrl, {
      method: 'POST',
      headers: { Authorization: authorization },
      body: Buffer.from(writeBody([{ labels: { __name__: 'first' }, samples: [[Date.now(), 1]] }])),
    });
    expect(written.status).toBe(204);
    expect(first.stderr).not.toContain(password);
    expect(await first.stop()).toBe(0);

    const second = await start();
    const [, secondUrl = ''] = /^listening on (\S+)$/m.exec(second.stdout) ?? [];
    expect(second.stdout).toBe(`listening on ${secondUrl}\n`);
    const query = `${secondUrl}/api/v1/query?query=first`;
    const answer = await fetch(query, { headers: { Authorization: authorization } });
    expect(await answer.text()).toContain('"__name__":"first"');
  });

  it('that fails to listen makes no key, so that the next one can show its secret', async () => {
    const other = await start();
    const [, port = ''] = /:(\d+)$/m.exec(other.stdout) ?? [];
    const dataFolder = `${folder}/second`;
    const failed = await runToEnd(['--http-listen', `${LOOPBACK_HOST}:${port}`, '--data-dir', dataFolder]);
    expect([failed.exitCode, failed.stdout]).toEqual([1, '']);
    const again = await start('--data-dir', dataFolder);
    expect(again.stdout).toContain('access key secret:');
  });

  it('logs JSON on stderr, with time and level', async () => {
    const server = await start();
    await server.stop();
    const lines = jsonLines(server.stderr);
    expect(lines.map(({ msg }) => msg)).toEqual(['database is open', 'listening', 'stopping']);
    for (const { time, level } of lines) {
      expect(new Date(String(time)).toISOString()).toBe(time);
      expect(level).toBe('info');
    }
  });

  it('keeps the data to the owner', async () => {
    await start();
    const { mode } = await stat(`${folder}/control`);
    expect(mode & 0o077).toBe(0);
  });
});

describe('a start that cannot be is one clear line and no more', () => {
  it('exit 2: an unknown flag, a bad value', async () => {
    for (const args of [['--nonsense'], ['--retention', 'soon'], ['--http-listen', 'here'], ['extra']]) {
      const { exitCode, stdout, stderr } = await runToEnd(args);
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^promontory: [^\n]+\n$/);
    }
  });

  it('exit 1: a data directory that another process has', async () => {
    const holder = await start();
    const { exitCode, stderr } = await runToEnd([
      '--http-listen',
      `${LOOPBACK_HOST}:0`,
      '--data-dir',
      folder,
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`^promontory: cannot start: .*in use by process ${holder.pid};`, 'm'));
    expect(holder.isRunning()).toBe(true);
  });

  it('exit 1: a port that is in use, by this program or another', async () => {
    const holder = await start();
    const [, port = ''] = /:(\d+)$/m.exec(holder.stdout) ?? [];
    const dataFolder = `${folder}/second`;
    const { exitCode, stderr } = await runToEnd([
      '--http-listen',
      `${LOOPBACK_HOST}:${port}`,
      '--data-dir',
      dataFolder,
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^promontory: cannot start: cannot listen on 127.0.0.1:${port}: `, 'm'),
    );
  });

  it('exit 1: a data directory that is a file', async () => {
    const { exitCode, stderr } = await runToEnd(['--http-listen', `${LOOPBACK_HOST}:0`, '--data-dir', MAIN]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^promontory: cannot start: /m);
  });

  it('exit 0: --help and --version, on stdout', async () => {
    const help = await runToEnd(['--help']);
    expect([help.exitCode, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('--shutdown-timeout');
    const version = await runToEnd(['--version']);
    expect([version.exitCode, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });
});

describe('stopping by a signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s exits 0 within five seconds, with idle connections open, and refuses new ones',
    async (signal) => {
      const server = await startTest();
      const idle = await RawConnection.to(server.port);
      idle.send(head('GET /-/healthy'));
      await idle.answer();
      const untouched = await RawConnection.to(server.port);
      const { exitCode, ms } = await stopTimed(server.process, signal);
      expect(exitCode).toBe(0);
      expect(ms).toBeLessThan(2000);
      await Promise.all([idle.closed(), untouched.closed()]);
      const refused = await new Promise((resolve) => {
        connect(server.port, LOOPBACK_HOST)
          .once('error', () => resolve('refused'))
          .once('connect', () => resolve('connected'));
      });
      expect(refused).toBe('refused');
    },
  );

  it('lets writes under way end, and all that was acknowledged is there after a restart', async () => {
    const server = await startTest();
    const acknowledged: string[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; ; round++) {
        const name = `drain_${writer}_${round}`;
        const answer = await server
          .write([{ labels: { __name__: name }, samples: [[Date.now(), round]] }])
          .catch(() => null);
        if (answer?.status !== 204) return answer?.status ?? null;
        acknowledged.push(name);
      }
    });
    while (acknowledged.length < 100) await sleep(10);
    const { exitCode, ms } = await stopTimed(server.process, 'SIGTERM');
    expect([exitCode, ms < STOP_MS_MAX]).toEqual([0, true]);
    for (const lastStatus of await Promise.all(writers)) expect([503, null]).toContain(lastStatus);

    const again = await startTest();
    const found = await again.samples('{__name__=~"drain_.*"}', '1h', Date.now());
    const names = new Set(found.map(({ metric }) => metric['__name__']));
    expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
  });

  it('answers an upload that ends in time', async () => {
    const server = await startTest();
    const body = writeBody([{ labels: { __name__: 'in_time' }, samples: [[Date.now(), 1]] }]);
    const connection = await RawConnection.to(server.port);
    connection.send(head('POST /api/v1/write', ...WRITE_HEADERS, `Content-Length: ${body.length}`));
    await server.metricBecomes('promontory_write_bytes_in_flight', 65_536);
    const stopped = stopTimed(server.process, 'SIGTERM');
    await sleep(500);
    connection.send(body);
    expect((await connection.answer()).status).toBe(204);
    expect((await stopped).exitCode).toBe(0);
    const again = await startTest();
    expect(await again.samples('in_time', '1h', Date.now())).toHaveLength(1);
  });

  it('cuts off an upload that does not end, after --shutdown-timeout', async () => {
    const server = await startTest('--shutdown-timeout', '1s');
    const connection = await RawConnection.to(server.port);
    connection.send(head('POST /api/v1/write', ...WRITE_HEADERS, 'Content-Length: 100000'), 'x');
    await server.metricBecomes('promontory_write_bytes_in_flight', 131_072);
    const { exitCode, ms } = await stopTimed(server.process, 'SIGTERM');
    expect(exitCode).toBe(0);
    expect(ms).toBeGreaterThan(1000);
    expect(ms).toBeLessThan(3000);
    await connection.closed();
  });
});

describe('stopping', () => {
  it('cancels queries after the shutdown timeout and exits 0 within five seconds', async () => {
    const server = await startTest('--query-threads', '1');
    const queries = Array.from({ length: 3 }, () => server.request(ENDLESS_QUERY).catch(() => null));
    await server.metricBecomes('promontory_queries_running', 3);
    const { exitCode, ms } = await stopTimed(server.process, 'SIGTERM');
    expect(exitCode).toBe(0);
    expect(ms).toBeGreaterThan(3900);
    expect(ms).toBeLessThan(STOP_MS_MAX);
    expect(await Promise.all(queries)).not.toContainEqual(expect.objectContaining({ status: 200 }));
  });

  it('two signals at once are one stop', async () => {
    const server = await startTest();
    process.kill(server.process.pid, 'SIGINT');
    const { exitCode } = await stopTimed(server.process, 'SIGTERM');
    expect(exitCode).toBe(0);
    expect(jsonLines(server.process.stderr).filter(({ level }) => level !== 'info')).toEqual([]);
  });
});

it('an access key of the command line is there at every start', async () => {
  for (let round = 0; round < 2; round++) {
    const server = await startTest();
    expect((await server.request('/api/v1/query?query=1')).status).toBe(200);
    expect(server.process.stdout).not.toContain(ACCESS_KEY.split(':')[1]);
    await server.stop();
  }
});
