/** What reaches the server is exactly what is written here: requests that no well-behaved client sends. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunk, head, LAST_CHUNK, RawConnection, WRITE_HEADERS } from './raw-connection.ts';
import { TestServer } from './test-server.ts';
import { writeBody } from './write-body.ts';

const URL_BYTES_MAX = 60 * 1024;

let server: TestServer;
let writtenCount = 0;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

/** A body with one sample of a series that no other has. */
function nextBody(): Uint8Array {
  writtenCount++;
  return writeBody([{ labels: { __name__: `written_${writtenCount}` }, samples: [[Date.now(), 1]] }]);
}

async function lastWrittenIsStored(): Promise<boolean> {
  const series = await server.samples(`written_${writtenCount}`, '1m', Date.now());
  return series.length === 1;
}

async function exchange(...parts: readonly (string | Uint8Array)[]): Promise<RawConnection> {
  const connection = await RawConnection.to(server.port);
  connection.send(...parts);
  return connection;
}

/** Whether the connection still takes and answers a request. */
async function isInSync(connection: RawConnection): Promise<boolean> {
  connection.send(head('GET /-/healthy'));
  const { status, body } = await connection.answer();
  return status === 200 && body.toString() === 'Promontory is Healthy.\n' && connection.received.length === 0;
}

describe('bodies', () => {
  it('of a GET are read', async () => {
    const json = '{"query":"1 + 1"}';
    const request = head(
      'GET /api/v1/query',
      'Content-Type: application/json',
      `Content-Length: ${json.length}`,
    );
    const connection = await exchange(request, json);
    const { status, body } = await connection.answer();
    expect([status, body.toString()]).toEqual([200, expect.stringContaining('"2"') as string]);
    expect(await isInSync(connection)).toBe(true);
    connection.close();
  });

  it('may be chunked', async () => {
    const body = nextBody();
    const request = head('POST /api/v1/write', ...WRITE_HEADERS, 'Transfer-Encoding: chunked');
    const connection = await exchange(request, chunk(body.subarray(0, 7)), chunk(body.subarray(7)));
    connection.send(LAST_CHUNK);
    expect((await connection.answer()).status).toBe(204);
    expect(await lastWrittenIsStored()).toBe(true);
    expect(await isInSync(connection)).toBe(true);
    connection.close();
  });

  it('may come in many pieces, after 100 Continue', async () => {
    const body = nextBody();
    const connection = await exchange(
      head('POST /api/v1/write', ...WRITE_HEADERS, `Content-Length: ${body.length}`, 'Expect: 100-continue'),
    );
    expect((await connection.answer()).status).toBe(100);
    for (const byte of body) connection.send(Uint8Array.of(byte));
    expect((await connection.answer()).status).toBe(204);
    expect(await lastWrittenIsStored()).toBe(true);
    connection.close();
  });

  it('of two writes on one connection are both stored', async () => {
    const connection = await RawConnection.to(server.port);
    for (let round = 0; round < 2; round++) {
      const body = nextBody();
      connection.send(head('POST /api/v1/write', ...WRITE_HEADERS, `Content-Length: ${body.length}`), body);
      expect((await connection.answer()).status).toBe(204);
      expect(await lastWrittenIsStored()).toBe(true);
    }
    connection.close();
  });
});

describe('framing that two servers could read differently is refused, and the connection closed', () => {
  const body = writeBody([{ labels: { __name__: 'smuggled' }, samples: [[Date.now(), 1]] }]);
  const length = `Content-Length: ${body.length}`;
  const cases: readonly [what: string, headers: readonly string[]][] = [
    ['two Content-Length that differ', [length, 'Content-Length: 3']],
    ['two Content-Length that differ, the right one last', ['Content-Length: 3', length]],
    ['a list of Content-Length', [`${length}, ${body.length}`]],
    ['a signed Content-Length', [`Content-Length: +${body.length}`]],
    ['a negative Content-Length', ['Content-Length: -5']],
    ['an empty Content-Length', ['Content-Length:']],
    ['a Content-Length beyond 64 bits', ['Content-Length: 99999999999999999999999999']],
    ['Content-Length and Transfer-Encoding', [length, 'Transfer-Encoding: chunked']],
    ['Transfer-Encoding and Content-Length', ['Transfer-Encoding: chunked', length]],
    ['another Transfer-Encoding', ['Transfer-Encoding: identity']],
    ['a Transfer-Encoding that ends like chunked', ['Transfer-Encoding: xchunked']],
    ['a list of Transfer-Encodings', ['Transfer-Encoding: gzip, chunked']],
    ['two Transfer-Encodings', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
  ];
  it.each(cases)('%s', async (_what, headers) => {
    const connection = await exchange(head('POST /api/v1/write', ...WRITE_HEADERS, ...headers), body);
    expect([400, 505]).toContain(await connection.lastStatus());
    expect(await server.samples('smuggled', '1m', Date.now())).toEqual([]);
  });

  it('and what follows is not served as another request', async () => {
    const inner = writeBody([{ labels: { __name__: 'smuggled' }, samples: [[Date.now(), 1]] }]);
    const innerHead = head('POST /api/v1/write', ...WRITE_HEADERS, `Content-Length: ${inner.length}`);
    const wholeLength = 3 + innerHead.length + inner.length;
    const lengths = ['Content-Length: 3', `Content-Length: ${wholeLength}`];
    const outerHead = head('POST /api/v1/write', ...WRITE_HEADERS, ...lengths);
    const connection = await exchange(Buffer.concat([Buffer.from(`${outerHead}abc${innerHead}`), inner]));
    await connection.closed();
    expect(connection.received.toString()).not.toMatch(/HTTP\/1\.1 2/);
    expect(await server.samples('smuggled', '1m', Date.now())).toEqual([]);
  });

  it('a chunk without a length', async () => {
    const request = head('POST /api/v1/write', ...WRITE_HEADERS, 'Transfer-Encoding: chunked');
    const connection = await exchange(request, 'zz\r\n');
    expect(await connection.lastStatus()).toBe(400);
  });

  it('two equal Content-Length are one', async () => {
    const own = nextBody();
    const twice = [`Content-Length: ${own.length}`, `Content-Length: ${own.length}`];
    const connection = await exchange(head('POST /api/v1/write', ...WRITE_HEADERS, ...twice), own);
    expect((await connection.answer()).status).toBe(204);
    connection.close();
  });
});

describe('other protocols', () => {
  const cases: readonly [what: string, bytes: string][] = [
    ['HTTP/2 by prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
    ['HTTP/1.0', 'GET /-/healthy HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n'],
    ['TLS on a plain port', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'],
  ];
  it.each(cases)('%s: 505 in HTTP/1.1, and closed', async (_what, bytes) => {
    const connection = await exchange(Buffer.from(bytes, 'latin1'));
    expect(await connection.lastStatus()).toBe(505);
  });

  it.each([
    [
      'h2c',
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'],
    ],
    [
      'websocket',
      ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw=='],
    ],
  ])('an upgrade to %s is not taken: the answer is HTTP/1.1', async (_what, headers) => {
    const connection = await exchange(head('GET /-/healthy', ...headers));
    const { status, body } = await connection.answer();
    expect([status, body.toString()]).toEqual([200, 'Promontory is Healthy.\n']);
    expect(await isInSync(connection)).toBe(true);
    connection.close();
  });
});

describe('heads', () => {
  it.each(['/-/healthy', '/-/ready'])('HEAD %s has the length and no body', async (path) => {
    const connection = await exchange(head(`HEAD ${path}`), head(`GET ${path}`));
    const headAnswer = await connection.answer(false);
    const getAnswer = await connection.answer();
    expect(headAnswer.status).toBe(200);
    expect(headAnswer.headers.get('content-length')).toBe(String(getAnswer.body.length));
    expect(getAnswer.body.length).toBeGreaterThan(0);
    expect(connection.received.length).toBe(0);
    connection.close();
  });

  it('HEAD of what has no GET is 405 without a body', async () => {
    const connection = await exchange(head('HEAD /api/v1/write'));
    const { status, headers } = await connection.answer(false);
    expect([status, headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
    expect(await isInSync(connection)).toBe(true);
    connection.close();
  });

  it('204 has neither body nor length', async () => {
    const body = nextBody();
    const connection = await exchange(
      head('POST /api/v1/write', ...WRITE_HEADERS, `Content-Length: ${body.length}`),
      body,
    );
    const { status, headers } = await connection.answer();
    expect([status, headers.has('content-length'), headers.has('transfer-encoding')]).toEqual([
      204,
      false,
      false,
    ]);
    expect(await isInSync(connection)).toBe(true);
    connection.close();
  });

  it('take URLs of 60 KiB', async () => {
    const query = `vector(1)${'+1'.repeat(20)}&ignored=${'x'.repeat(URL_BYTES_MAX)}`;
    const connection = await exchange(head(`GET /api/v1/query?query=${query.replaceAll('+', '%2B')}`));
    const { status, body } = await connection.answer();
    expect([status, body.toString()]).toEqual([200, expect.stringContaining('"21"') as string]);
    connection.close();
  });

  it.each([
    ['URLs of 200 KiB', [`GET /api/v1/query?query=${'x'.repeat(200 * 1024)}`]],
    ['110 headers', ['GET /-/healthy', ...Array.from({ length: 110 }, (_, index) => `X-${index}: 1`)]],
  ])('refuse %s with 431, and the connection is closed', async (_what, [requestLine = '', ...headers]) => {
    const connection = await exchange(head(requestLine, ...headers));
    expect(await connection.lastStatus()).toBe(431);
  });
});

describe('requests sent before the answer to the last', () => {
  it('are answered in order where the answer comes at once', async () => {
    const connection = await exchange(head('GET /-/healthy') + head('GET /-/ready') + head('GET /nothing'));
    const texts = [];
    for (let index = 0; index < 3; index++) texts.push((await connection.answer()).body.toString());
    expect(texts).toEqual(['Promontory is Healthy.\n', 'Promontory is Ready.\n', '404 page not found\n']);
    connection.close();
  });

  it('close the connection without a wrong answer where it does not', async () => {
    const query = head('GET /api/v1/query?query=1');
    const connection = await exchange(query + query);
    await connection.closed();
    expect(connection.received.length).toBe(0);
    await server.metricBecomes('promontory_queries_running', 0);
  });

  it('close the connection and give everything back when they are writes', async () => {
    const body = nextBody();
    const request = head('POST /api/v1/write', ...WRITE_HEADERS, `Content-Length: ${body.length}`);
    const connection = await exchange(
      Buffer.concat([Buffer.from(request), body, Buffer.from(request), body]),
    );
    await connection.closed();
    expect(connection.received.length).toBe(0);
    await server.metricBecomes('promontory_write_requests_in_flight', 0);
    await server.metricBecomes('promontory_write_bytes_in_flight', 0);
  });
});
