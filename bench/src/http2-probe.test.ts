import { createServer as createHttp2Server } from 'node:http2';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { expect, it } from 'vitest';
import { acceptsHttp2 } from './http2-probe.ts';

async function probe(server: Server): Promise<boolean> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new TypeError('no address');
    return await acceptsHttp2({ host: '127.0.0.1', port: address.port });
  } finally {
    server.close();
  }
}

it('tells a server that speaks HTTP/2 by prior knowledge', async () => {
  expect(await probe(createHttp2Server())).toBe(true);
});

it.each([
  ['speaks HTTP/1.1 only', createServer()],
  ['closes at once', createTcpServer((socket) => socket.destroy())],
])('and one that %s', async (_name, server) => {
  expect(await probe(server)).toBe(false);
});
