import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningSubject } from '../subjects/subject.ts';
import { QueryConnection, queryRequest } from './query-connection.ts';

describe('queryRequest', () => {
  it('asks a range with both ends, or an instant', () => {
    const range = queryRequest({ query: 'a{b="c"}', stepCount: 10, stepMs: 15_000 }, 1_000_000, {
      nocache: '1',
    });
    expect(range.path).toBe('/api/v1/query_range');
    expect(Object.fromEntries(new URLSearchParams(range.body))).toEqual({
      query: 'a{b="c"}',
      nocache: '1',
      start: '850',
      end: '1000',
      step: '15',
    });
    expect(queryRequest({ query: 'a', stepCount: 0, stepMs: 0 }, 1500)).toEqual({
      path: '/api/v1/query',
      body: 'query=a&time=1.5',
    });
  });
});

describe('QueryConnection', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let connection: QueryConnection;

  beforeEach(async () => {
    server = createServer((request, response) => {
      sockets.add(request.socket);
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        response.statusCode = body === 'bad' ? 422 : 200;
        response.end(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const address = { host: '127.0.0.1', port };
    connection = new QueryConnection({
      address,
      headers: { Authorization: 'me' },
    } as unknown as RunningSubject);
  });

  afterEach(() => {
    connection.close();
    server.close();
    sockets.clear();
  });

  it('posts everything over one connection', async () => {
    const answer = await connection.answer({ path: '/p', body: 'x=1' });
    expect(answer).toEqual({ isOk: true, text: 'POST /p me x=1' });
    for (let request = 0; request < 3; request++) {
      expect(await connection.latencyMs({ path: '/p', body: 'x=1' })).toBeGreaterThan(0);
    }
    expect(sockets.size).toBe(1);
  });

  it('hands on what a refusing server says, and does not time it', async () => {
    expect(await connection.answer({ path: '/p', body: 'bad' })).toEqual({
      isOk: false,
      text: 'POST /p me bad',
    });
    await expect(connection.latencyMs({ path: '/p', body: 'bad' })).rejects.toMatchObject({
      code: 'ERR_BENCH_LOAD',
      message: expect.stringContaining('/p bad answered 422'),
    });
  });
});
