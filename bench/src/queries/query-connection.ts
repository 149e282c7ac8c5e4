/** Asks one server over one kept connection, HTTP/1.1 without compression, one request at a time. */
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { PromontoryError, systemClock } from '@promontory/base';
import { ERR_BENCH_LOAD } from '../error-codes.ts';
import type { RunningSubject } from '../subjects/subject.ts';
import type { QueryCase } from './query-case.ts';

const TIMEOUT_MS = 120_000;
const MESSAGE_CHARACTERS_MAX = 500;

/** A query as it is sent. */
export interface QueryRequest {
  readonly path: string;
  readonly body: string;
}

/** @param endMs time of the last point */
export function queryRequest(
  { query, stepCount, stepMs }: Pick<QueryCase, 'query' | 'stepCount' | 'stepMs'>,
  endMs: number,
  extraParameters: Readonly<Record<string, string>> = {},
): QueryRequest {
  const parameters = new URLSearchParams({ query, ...extraParameters });
  if (stepCount === 0) {
    parameters.set('time', String(endMs / 1000));
    return { path: '/api/v1/query', body: parameters.toString() };
  }
  parameters.set('start', String((endMs - stepCount * stepMs) / 1000));
  parameters.set('end', String(endMs / 1000));
  parameters.set('step', String(stepMs / 1000));
  return { path: '/api/v1/query_range', body: parameters.toString() };
}

/** `text` of an answer other than 2xx is what the server says about it. */
export interface RawAnswer {
  readonly isOk: boolean;
  readonly text: string;
}

export class QueryConnection {
  readonly #server: RunningSubject;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(server: RunningSubject) {
    this.#server = server;
  }

  async answer(request: QueryRequest): Promise<RawAnswer> {
    const response = await this.#send(request);
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(response, 'end');
    return { isOk: isOk(response), text: Buffer.concat(chunks).toString('utf8') };
  }

  /**
   * @returns milliseconds from before the request is sent until the last byte of the answer is here
   * @throws PromontoryError ERR_BENCH_LOAD when the answer is not 2xx
   */
  async latencyMs(request: QueryRequest): Promise<number> {
    const startMs = systemClock.monotonicMs();
    const response = await this.#send(request);
    response.resume();
    await once(response, 'end');
    const latencyMs = systemClock.monotonicMs() - startMs;
    if (isOk(response)) return latencyMs;
    throw loadError(`${request.path} ${request.body} answered ${response.statusCode}`);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send({ path, body }: QueryRequest): Promise<IncomingMessage> {
    const { address, headers } = this.#server;
    const request = httpRequest({
      host: address.host,
      port: address.port,
      agent: this.#agent,
      method: 'POST',
      path,
      headers: {
        ...headers,
        'Content-Type': 'application/x-www-form-urlencoded',
        'Content-Length': Buffer.byteLength(body),
      },
      timeout: TIMEOUT_MS,
    });
    request.on('timeout', () =>
      request.destroy(loadError(`${path} ${body} took more than ${TIMEOUT_MS} ms`)),
    );
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }
}

function isOk({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function loadError(what: string): PromontoryError {
  return new PromontoryError(`cannot measure the query: ${what.slice(0, MESSAGE_CHARACTERS_MAX)}`, {
    code: ERR_BENCH_LOAD,
    kind: 'execution',
  });
}
