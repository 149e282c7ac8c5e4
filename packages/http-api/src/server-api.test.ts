import { describe, expect, it } from 'vitest';
import type { QueryLedger } from './server/query-ledger.ts';
import { createServerApi } from './server-api.ts';

const NO_QUERIES: QueryLedger = { active: () => [], cancel: () => false, totals: () => [] };

async function ask(line: string) {
  const build = {
    version: '0.1.0',
    revision: 'r',
    branch: 'main',
    buildUser: '',
    buildDate: 'd',
    runtime: 'node v22',
  };
  const [method = '', target = ''] = line.split(' ');
  const [path = '', queryString = ''] = target.split('?');
  const request = { method, path, queryString, headers: new Map<string, string>(), body: new Uint8Array(0) };
  const response = await createServerApi({ build, queries: NO_QUERIES }).handle(request, {
    isCancelled: () => false,
  });
  return { status: response.status, text: new TextDecoder().decode(response.body) };
}

describe('the answers about the server', () => {
  it.each([
    ['GET /api/v1/rules', 200, '{"status":"success","data":{"groups":[]}}'],
    [
      'GET /api/v1/rules?type=foo',
      400,
      '{"status":"error","errorType":"bad_data","error":"invalid parameter \\"type\\": not supported value \\"foo\\""}',
    ],
    ['GET /api/v1/alerts', 200, '{"status":"success","data":{"alerts":[]}}'],
  ])('%s', async (line, status, text) => {
    expect(await ask(line)).toEqual({ status, text });
  });

  it('are those of a plain Prometheus 3 to Grafana', async () => {
    const { text } = await ask('GET /api/v1/status/buildinfo');
    const { data } = JSON.parse(text) as { data: Record<string, unknown> };
    expect(data).toMatchObject({
      version: expect.stringMatching(/^3\.\d+\.\d+\+promontory\.0\.1\.0$/) as string,
      goVersion: 'node v22',
    });
    expect(data).not.toHaveProperty('features');
  });
});
