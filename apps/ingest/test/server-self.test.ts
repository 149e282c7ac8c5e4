/** What the server tells about itself, who may hear it, and how it is stopped over HTTP. */
import { parse, parseDocument } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { head, RawConnection } from './raw-connection.ts';
import { ACCESS_KEY, TestServer } from './test-server.ts';

const SECRET = ACCESS_KEY.slice(ACCESS_KEY.indexOf(':') + 1);
const LIVE = '/api/v1/notifications/live';
const FOLLOWERS_MAX = 16;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ flags: ['--retention-bytes-max', '1GiB'] });
});

afterAll(() => server.stop());

async function dataOf<T>(path: string): Promise<T> {
  const { status, text } = await server.request(`/api/v1/${path}`);
  expect(status).toBe(200);
  return (JSON.parse(text) as { data: T }).data;
}

interface Openapi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

describe('status', () => {
  it('config and flags are those of the start', async () => {
    const { yaml } = await dataOf<{ yaml: string }>('status/config');
    const settings = parse(yaml) as Record<string, unknown>;
    expect(settings).toMatchObject({
      'retention-bytes-max': '1GiB',
      retention: '15d',
      'bootstrap-access-key': '<secret>',
    });
    const flags = await dataOf<Record<string, string>>('status/flags');
    expect(flags).toMatchObject({ ...settings, config: '', 'tls-cert': '' });
  });

  it('runtimeinfo is true', async () => {
    const beforeMs = Date.now();
    const info = await dataOf<Record<string, unknown>>('status/runtimeinfo');
    expect(info).toMatchObject({ CWD: process.cwd(), storageRetention: '15d or 1GiB', corruptionCount: 0 });
    const [startMs, serverMs] = [info['startTime'], info['serverTime']].map((each) =>
      Date.parse(String(each)),
    );
    expect(startMs).toBeLessThan(beforeMs);
    expect(Math.abs(Number(serverMs) - beforeMs)).toBeLessThan(5000);
  });

  it('runtimeinfo counts series', async () => {
    const before = await dataOf<{ timeSeriesCount: number }>('status/runtimeinfo');
    await server.mustWrite([{ labels: { __name__: 'one_more' }, samples: [[Date.now(), 1]] }]);
    const after = await dataOf<{ timeSeriesCount: number }>('status/runtimeinfo');
    expect(after.timeSeriesCount).toBe(before.timeSeriesCount + 1);
  });

  it('self_metrics says what /metrics says', async () => {
    interface Family {
      readonly name: string;
      readonly type: string;
      readonly metric: readonly Readonly<Record<string, unknown>>[];
    }
    const families = await dataOf<Family[]>('status/self_metrics');
    const { text } = await server.request('/metrics');
    const typeLines = families.map(({ name, type }) => `# TYPE ${name} ${type.toLowerCase()}`);
    expect(
      text
        .split('\n')
        .filter((line) => line.startsWith('# TYPE '))
        .toSorted(),
    ).toEqual(typeLines.toSorted());
    const durations = families.find(({ name }) => name === 'promontory_http_request_duration_seconds');
    const write = durations?.metric.find(({ label }) => JSON.stringify(label).includes('"write"'));
    expect(write).toMatchObject({ histogram: { sampleCount: '1', bucket: expect.any(Array) as unknown } });
    expect(JSON.stringify(write)).not.toContain('"le"');
  });

  it('openapi.yaml is YAML, and every path of a GET in it answers', async () => {
    const { headers, text } = await server.request('/api/v1/openapi.yaml?openapi_version=3.2');
    expect(headers.get('Content-Type')).toBe('application/yaml; charset=utf-8');
    const document = parseDocument(text);
    expect(document.errors).toEqual([]);
    const { openapi, paths } = document.toJS() as Openapi;
    expect(openapi).toBe('3.2.0');
    for (const [path, item] of Object.entries(paths)) {
      if (!('get' in item) || path === LIVE) continue;
      const { status } = await server.request(path.replace('{name}', 'job'));
      expect([path, status]).not.toEqual([path, 404]);
    }
  });
});

describe('a secret', () => {
  it('stands in no answer and not in the log', async () => {
    const { text } = await server.request('/api/v1/openapi.yaml');
    const { paths } = parse(text) as Openapi;
    const encoded = Buffer.from(ACCESS_KEY).toString('base64');
    for (const path of Object.keys(paths)) {
      if (path === LIVE) continue;
      for (const method of ['GET', 'POST']) {
        const answer = await server.request(path.replace('{name}', 'job'), { method });
        const said = answer.text + JSON.stringify([...answer.headers]);
        expect([path, said.includes(SECRET), said.includes(encoded)]).toEqual([path, false, false]);
      }
    }
    expect(server.process.stdout + server.process.stderr).not.toContain(SECRET);
    expect(await dataOf('status/flags')).toMatchObject({ 'bootstrap-access-key': '<secret>' });
  });
});

describe('/metrics', () => {
  it.each([
    'text/plain;version=1.0.0;escaping=allow-utf-8',
    'application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,*/*;q=0.1',
    'text/plain;version=0.0.4;escaping=nonsense',
  ])('is the text format to who accepts %s', async (accept) => {
    const { status, headers, text } = await server.request('/metrics', { headers: { Accept: accept } });
    expect([status, headers.get('Content-Type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toContain('promontory_build_info');
  });
});

describe('pages', () => {
  it.each([
    ['GET', '/version', 200, /^\{"version":"3\.\d+\.\d+\+promontory\..*"goVersion":"node v\d+.*"\}\n$/],
    ['HEAD', '/version', 200, /^$/],
    ['GET', '/', 200, /^Promontory: /],
    ['GET', '/graph', 302, /^Found: \/\n$/],
    ['HEAD', '/-/ready', 200, /^$/],
    ['HEAD', '/-/healthy', 200, /^$/],
    ['POST', '/version', 405, /^Method Not Allowed\n$/],
    ['GET', '/-/quit', 405, /^Only POST or PUT requests allowed\n$/],
    ['GET', '/-/reload', 405, /^Only POST or PUT requests allowed\n$/],
    ['POST', '/-/quit', 403, /^Lifecycle API is not enabled/],
    ['PUT', '/-/reload', 403, /^Lifecycle API is not enabled/],
  ])('%s %s is %i', async (method, path, status, text) => {
    const answer = await server.request(path, { method });
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(text)]);
  });

  it.each(['/-/quit', '/-/reload'])('%s wants an access key', async (path) => {
    const answer = await server.request(path, { method: 'POST', headers: { Authorization: '' } });
    expect([answer.status, answer.headers.has('WWW-Authenticate')]).toEqual([401, true]);
  });
});

/** The events that came so far, comments left out. */
function events(connection: RawConnection): { text: string; active: boolean }[] {
  return connection.received
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as { text: string; active: boolean });
}

async function follow(port: number): Promise<RawConnection> {
  const connection = await RawConnection.to(port);
  connection.send(head(`GET ${LIVE}`));
  return connection;
}

describe('notifications', () => {
  it('are none in a healthy server, in the list and live', async () => {
    expect(await dataOf('notifications')).toEqual([]);
    const connection = await follow(server.port);
    await expect.poll(() => connection.received.toString()).toContain('text/event-stream');
    expect(events(connection)).toEqual([]);
    connection.close();
    await server.metricBecomes('promontory_notification_followers', 0);
  });

  it('have room for 16 followers, again when one has gone', async () => {
    const connections = await Promise.all(Array.from({ length: FOLLOWERS_MAX }, () => follow(server.port)));
    await server.metricBecomes('promontory_notification_followers', FOLLOWERS_MAX);
    expect((await server.request(LIVE)).status).toBe(204);
    connections[0]?.close();
    await server.metricBecomes('promontory_notification_followers', FOLLOWERS_MAX - 1);
    const another = await follow(server.port);
    await server.metricBecomes('promontory_notification_followers', FOLLOWERS_MAX);
    for (const connection of [...connections, another]) connection.close();
    await server.metricBecomes('promontory_notification_followers', 0);
  });

  it('HEAD follows nothing', async () => {
    const { status, headers } = await server.request(LIVE, { method: 'HEAD' });
    expect([status, headers.get('Content-Type')]).toEqual([200, 'text/event-stream']);
    expect(await server.metric('promontory_notification_followers')).toBe(0);
  });

  it('tell of a disk nearly full, and of the shutdown, which ends the stream', async () => {
    const full = await TestServer.start({ flags: ['--disk-reserve-bytes', '1000000GiB'] });
    const connection = await follow(full.port);
    await expect
      .poll(() => events(connection))
      .toMatchObject([{ text: expect.stringContaining('disk is nearly full') as string, active: true }]);
    const { text } = await full.request('/api/v1/notifications');
    expect(JSON.parse(text)).toMatchObject({ data: [{ active: true }] });
    const stopping = full.stop();
    await connection.closed();
    expect(events(connection).at(-1)).toMatchObject({
      text: expect.stringContaining('shutting down') as string,
      active: true,
    });
    // The last chunk: the answer is whole.
    expect(connection.received.toString('latin1')).toMatch(/\r\n0\r\n\r\n$/);
    expect(await stopping).toBe(0);
  });
});

describe('the lifecycle API', () => {
  it('stops the server as SIGTERM does, for both methods', async () => {
    for (const method of ['POST', 'PUT']) {
      const stopped = await TestServer.start({ flags: ['--lifecycle-api', 'on'] });
      const refused = await stopped.request('/-/quit', { method, headers: { Authorization: '' } });
      const reload = await stopped.request('/-/reload', { method });
      expect([refused.status, reload.status]).toEqual([401, 501]);
      expect(reload.text).toContain('restart the server');
      const quit = await stopped.request('/-/quit', { method });
      expect([quit.status, quit.text]).toEqual([200, 'Requesting termination... Goodbye!\n']);
      await expect.poll(() => stopped.process.isRunning(), { timeout: 5000 }).toBe(false);
      expect(await stopped.stop()).toBe(0);
    }
  });
});
