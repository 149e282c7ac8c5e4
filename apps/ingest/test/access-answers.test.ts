/** Who may ask what, and what a path answers to those who may not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_KEY, AUTHORIZATION, TestServer } from './test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

const PATHS: readonly [method: string, path: string][] = [
  ['POST', '/api/v1/write'],
  ['POST', '/api/prom_write'],
  ['POST', '/api/v1/read'],
  ['POST', '/api/prom_read'],
  ['GET', '/api/v1/query?query=up'],
  ['POST', '/api/v1/query_range'],
  ['GET', '/api/v1/labels'],
  ['GET', '/api/v1/label/job/values'],
  ['GET', '/api/v1/series?match[]=up'],
  ['GET', '/api/v1/status/buildinfo'],
  ['GET', '/api/v1/nothing'],
  ['GET', '/api/'],
  ['HEAD', '/api/v1/query'],
];

describe.each(PATHS)('%s %s', (method, path) => {
  it('is 401 with a challenge without credentials', async () => {
    const answer = await server.request(path, { method, headers: { Authorization: '' } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Basic realm="/);
    expect(answer.headers.get('X-Promontory-Error')).toBe('ERR_ACCESS_KEY_REQUIRED');
    const said = path.endsWith('write') ? 'an access key is needed' : '"errorType":"unauthorized"';
    expect(answer.text).toContain(method === 'HEAD' ? '' : said);
  });
});

const [id = '', secret = ''] = ACCESS_KEY.split(':');
const REFUSED: readonly [what: string, header: string][] = [
  ['a wrong secret', basic(`${id}:${secret}x`)],
  ['a secret cut short', basic(`${id}:${secret.slice(0, -1)}`)],
  ['an empty secret', basic(`${id}:`)],
  ['an unknown id', basic(`nobody:${secret}`)],
  ['an id in another case', basic(`${id.toUpperCase()}:${secret}`)],
  ['no colon', basic(id)],
  ['an empty pair', basic(':')],
  ['no base64', 'Basic %%%'],
  ['no credentials', 'Basic'],
  ['another scheme', AUTHORIZATION.replace('Basic', 'Bearer')],
  ['the bare pair', ACCESS_KEY],
  ['two headers in one', `${AUTHORIZATION}, ${AUTHORIZATION}`],
  ['a very long header', `Basic ${'A'.repeat(20_000)}`],
];

it.each(REFUSED)('%s is refused', async (_what, header) => {
  const answer = await server.request('/api/v1/query?query=1', { headers: { Authorization: header } });
  expect([answer.status, answer.headers.has('WWW-Authenticate')]).toEqual([401, true]);
});

it.each([
  ['the pair', AUTHORIZATION],
  ['the scheme in another case', AUTHORIZATION.replace('Basic', 'bASIC')],
])('%s is accepted', async (_what, header) => {
  const answer = await server.request('/api/v1/query?query=1', { headers: { Authorization: header } });
  expect(answer.status).toBe(200);
});

it.each([
  ['/-/healthy', 200],
  ['/-/ready', 200],
  ['/metrics', 200],
  ['/nothing', 404],
  ['/', 200],
  ['/graph', 302],
  ['/version', 200],
  ['/api', 404],
  ['/apis/v1/query', 404],
])('%s wants no credentials: %i', async (path, status) => {
  const answer = await server.request(path, { headers: { Authorization: '' } });
  expect(answer.status).toBe(status);
});

it.each([
  ['/api/v1/write', 'OPTIONS, POST'],
  ['/api/prom_write', 'OPTIONS, POST'],
  ['/api/v1/query', 'GET, HEAD, OPTIONS, POST'],
  ['/api/v1/label/job/values', 'GET, HEAD, OPTIONS'],
])('OPTIONS %s is 204 with Allow', async (path, allow) => {
  const answer = await server.request(path, { method: 'OPTIONS' });
  expect([answer.status, answer.text, answer.headers.get('Allow')]).toEqual([204, '', allow]);
});

it.each(['/-/healthy', '/-/ready', '/metrics'])('POST %s is 405 with Allow', async (path) => {
  const answer = await server.request(path, { method: 'POST' });
  expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
});

it.each(['/api/v1/nothing', '/api/v1/write/', '/api/v2/write', '/api/'])(
  '%s is 404 in JSON',
  async (path) => {
    const answer = await server.request(path);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([404, { errorType: 'not_found' }]);
  },
);

it('remote read of no request is 400, in text', async () => {
  for (const path of ['/api/v1/read', '/api/prom_read']) {
    const answer = await server.request(path, { method: 'POST' });
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([400, 'text/plain; charset=utf-8']);
    expect(answer.text).toContain('snappy');
  }
});
