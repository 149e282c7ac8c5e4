/** Requests as Grafana's Prometheus data source makes them, with its headers and encodings. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { ApiTarget } from '../prometheus-api.ts';

/** Of every request of a panel; the server has no use for them. */
const HEADERS = {
  'User-Agent': 'Grafana/13.0.1',
  'Accept-Encoding': 'gzip',
  'X-Grafana-Org-Id': '1',
  'X-Datasource-Uid': 'cf2xd1l0vqz9sd',
  'X-Dashboard-UID': 'aaaabbbb',
  'X-Panel-Id': '7',
  'X-Query-Group-Id': '0c2c8d2e-90a4-4a7c-9d4c-8a9a1a8d2e33',
  'X-Grafana-Cache': 'max-age=0',
  FromAlert: 'false',
} as const;

const FORM = {
  'Content-Type': 'application/x-www-form-urlencoded',
  'Idempotency-Key': '',
} as const;

export type Parameters = readonly (readonly [name: string, value: string])[];

export interface GrafanaAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: {
    readonly status: string;
    readonly data?: unknown;
    readonly errorType?: string;
    readonly error?: string;
    readonly warnings?: readonly string[];
    readonly infos?: readonly string[];
  };
}

/** The body is parsed as JSON whatever the status is, as Grafana does. */
export async function grafanaCall(
  target: ApiTarget,
  method: 'GET' | 'POST',
  path: string,
  parameters: Parameters = [],
  moreHeaders: Readonly<Record<string, string>> = {},
): Promise<GrafanaAnswer> {
  const search = new URLSearchParams();
  for (const [name, value] of parameters) search.append(name, value);
  const encoded = search.toString();
  const isPost = method === 'POST';
  const url = `${target.baseUrl}${path}${isPost || encoded === '' ? '' : `?${encoded}`}`;
  const headers = { ...target.headers, ...HEADERS, ...(isPost && FORM), ...moreHeaders };
  const outgoing = request(url, { method, headers });
  outgoing.end(isPost ? encoded : '');
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  const bytes = Buffer.concat(pieces);
  const isCompressed = incoming.headers['content-encoding'] === 'gzip';
  return {
    status: incoming.statusCode ?? 0,
    contentType: incoming.headers['content-type'] ?? '',
    body: JSON.parse((isCompressed ? gunzipSync(bytes) : bytes).toString()) as GrafanaAnswer['body'],
  };
}
