/** Sends OTLP exports to a server of the tests, and asks what became of them. */
import { assert } from '@promontory/base';
import { LOOPBACK_HOST } from '@promontory/tools';
import {
  gzipBody,
  OTLP_PATH,
  type OtlpAnswer,
  type OtlpBodyEncoding,
  otlpBody,
  otlpHeaders,
  readOtlpAnswer,
} from './otlp-body.ts';
import { AUTHORIZATION, type TestServer } from './test-server.ts';

export interface OtlpReply extends OtlpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** @param headers beside Content-Type, which they may replace; one that is '' is not sent */
export async function sendOtlpBytes(
  server: TestServer,
  encoding: OtlpBodyEncoding,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<OtlpReply> {
  const all = { Authorization: AUTHORIZATION, ...otlpHeaders(encoding), ...headers };
  const response = await fetch(`http://${LOOPBACK_HOST}:${server.port}${OTLP_PATH}`, {
    method: 'POST',
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
    body: Buffer.from(bytes),
  });
  const body = Buffer.from(await response.arrayBuffer());
  const answered = response.headers.get('content-type') === 'application/json' ? 'json' : 'protobuf';
  return {
    status: response.status,
    headers: response.headers,
    body,
    ...readOtlpAnswer(answered, response.status, body),
  };
}

/** @param request as OTLP/JSON has it */
export function sendOtlp(
  server: TestServer,
  encoding: OtlpBodyEncoding,
  request: object,
  isGzip = false,
): Promise<OtlpReply> {
  const plain = otlpBody(encoding, request);
  const bytes = isGzip ? gzipBody(plain) : plain;
  return sendOtlpBytes(server, encoding, bytes, otlpHeaders(encoding, isGzip));
}

/** Of an instant query: `name=value …` of the labels, and the value; 'histogram' for a native one. */
export async function askInstant(
  server: TestServer,
  query: string,
  timeMs: number,
): Promise<Record<string, string>> {
  const parameters = new URLSearchParams({ query, time: String(timeMs / 1000) });
  const answer = await server.request(`/api/v1/query?${parameters.toString()}`);
  assert(answer.status === 200, `the query is answered: ${answer.text}`);
  const { data } = JSON.parse(answer.text) as {
    data: { result: { metric: Record<string, string>; value?: [number, string] }[] };
  };
  const labelsText = (metric: Record<string, string>): string =>
    Object.entries(metric)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ');
  return Object.fromEntries(
    data.result.map(({ metric, value }) => [labelsText(metric), value?.[1] ?? 'histogram']),
  );
}
