import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { toRequest } from './api-test-harness.ts';
import type { ApiResponse } from './api-response.ts';
import { compressResponse } from './content-encoding.ts';

const BODY = new TextEncoder().encode('{"status":"success"}'.repeat(2000));
const RESPONSE: ApiResponse = { status: 200, headers: [['Content-Type', 'application/json']], body: BODY };

function ask(acceptEncoding: string | null, response = RESPONSE, line = 'GET /api/v1/query'): ApiResponse {
  const headers = acceptEncoding === null ? {} : { 'accept-encoding': acceptEncoding };
  return compressResponse(response, toRequest(line, headers));
}

function encodingOf({ headers }: ApiResponse): string | undefined {
  return headers.find(([name]) => name === 'Content-Encoding')?.[1];
}

describe('compressResponse', () => {
  it.each<[accepted: string | null, chosen: string | undefined]>([
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip;q=1.0, zstd;q=0.5', 'gzip'],
    ['zstd;q=0, gzip;q=0.1', 'gzip'],
    ['*', 'gzip'],
    ['gzip;q=0, *', undefined],
    ['br', undefined],
    ['identity', undefined],
    ['gzip;q=x', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j: %j', (accepted, chosen) => {
    const answer = ask(accepted);
    expect(encodingOf(answer)).toBe(chosen);
    expect(answer.headers).toContainEqual(['Vary', 'Accept-Encoding']);
    expect(answer.headers).toContainEqual(['Content-Type', 'application/json']);
  });

  it('gives the same body back', () => {
    expect(Buffer.from(gunzipSync(ask('gzip').body)).equals(BODY)).toBe(true);
    expect(Buffer.from(zstdDecompressSync(ask('zstd').body)).equals(BODY)).toBe(true);
  });

  it('reads memory that threads share', () => {
    const body = new Uint8Array(new SharedArrayBuffer(BODY.length));
    body.set(BODY);
    for (const encoding of ['gzip', 'zstd']) {
      expect(ask(encoding, { ...RESPONSE, body }).body).toEqual(ask(encoding).body);
    }
  });

  it('leaves small answers, very large ones, pieces, HEAD, and what is encoded already', () => {
    const stream = { heldBytes: 0, next: () => null, close: () => undefined };
    const encoded = { ...RESPONSE, headers: [['Content-Encoding', 'snappy']] as const };
    const small = { ...RESPONSE, body: BODY.subarray(0, 1000) };
    const large = { ...RESPONSE, body: new Uint8Array(24 * 1024 ** 2 + 1) };
    for (const response of [small, large, { ...RESPONSE, stream }, encoded]) {
      expect(ask('gzip', response)).toBe(response);
    }
    expect(ask('gzip', RESPONSE, 'HEAD /api/v1/query')).toBe(RESPONSE);
  });
});
