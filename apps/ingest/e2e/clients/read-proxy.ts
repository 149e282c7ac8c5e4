/**
 * Stands between a client and the server's remote read, and sees which kinds of answers the server gives. It can take
 * from requests what they say they accept: a real Prometheus always asks for chunks first, and understands
 * samples all the same.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { assert, errorMessage } from '@promontory/base';
import { LOOPBACK_HOST } from '@promontory/tools';
import { compress, decodeReadRequest, encodeReadRequest, uncompress } from '@promontory/wire';
import type { ApiTarget } from '../prometheus-api.ts';

const BODY_BYTES_MAX = 1 << 20;

export interface ReadProxyOptions {
  readonly target: ApiTarget;
  /** What requests say in place of their own words. */
  readonly acceptedResponseTypes: 'as-asked' | 'none';
}

export class ReadProxy {
  /** Of the answers. */
  readonly contentTypes = new Set<string>();
  readonly #options: ReadProxyOptions;
  readonly #server: Server;

  static async start(options: ReadProxyOptions): Promise<ReadProxy> {
    const proxy = new ReadProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, LOOPBACK_HOST, resolve));
    return proxy;
  }

  private constructor(options: ReadProxyOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#forward(request, response).catch((error: unknown) => {
        response.writeHead(502).end(errorMessage(error));
      });
    });
  }

  get url(): string {
    const address = this.#server.address();
    assert(typeof address === 'object' && address !== null, 'the proxy listens');
    return `http://${LOOPBACK_HOST}:${address.port}/api/v1/read`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { target, acceptedResponseTypes } = this.#options;
    const asked = await bodyOf(request);
    const { authorization = '', 'user-agent': userAgent = '' } = request.headers;
    const answer = await fetch(`${target.baseUrl}/api/v1/read`, {
      method: 'POST',
      headers: { authorization, 'user-agent': userAgent, 'content-encoding': 'snappy' },
      body: Buffer.from(acceptedResponseTypes === 'none' ? withoutResponseTypes(asked) : asked),
    });
    const headers = ['content-type', 'content-encoding'].flatMap((name): [string, string][] => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    this.contentTypes.add(answer.headers.get('content-type') ?? '');
    response.writeHead(answer.status, Object.fromEntries(headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function withoutResponseTypes(body: Uint8Array): Uint8Array {
  const { queries } = decodeReadRequest(uncompress(body, BODY_BYTES_MAX));
  return compress(encodeReadRequest({ queries, acceptedResponseTypes: [] }));
}
