/** Requests and bodies with random damage: the server answers or closes, never with 5xx, and loses nothing. */
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SeededRandom } from '@promontory/base';
import { LOOPBACK_HOST } from '@promontory/tools';
import { compress, encodeWriteRequest, uncompress } from '@promontory/wire';
import { chunk, head, LAST_CHUNK, WRITE_HEADERS } from './raw-connection.ts';
import { TestServer } from './test-server.ts';
import { exampleHistogram, writeBody } from './write-body.ts';

const ROUNDS = 400;
const ANSWER_WAIT_MS = 15;
const STATUS = /HTTP\/1\.1 (\d{3}) /g;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

/** Flips, cuts, doubles or fills a few places. */
function damage(bytes: Uint8Array, random: SeededRandom): Buffer {
  let damaged = Buffer.from(bytes);
  for (let count = 1 + random.nextInt(4); count > 0; count--) {
    const at = random.nextInt(damaged.length + 1);
    const end = Math.min(damaged.length, at + random.nextInt(20));
    const kind = random.nextInt(5);
    if (kind === 0) damaged[at] = random.nextInt(256);
    else if (kind === 1) damaged = Buffer.concat([damaged.subarray(0, at), damaged.subarray(end)]);
    else if (kind === 2) damaged = Buffer.concat([damaged.subarray(0, end), damaged.subarray(at)]);
    else if (kind === 3) damaged.fill(random.nextInt(2) * 255, at, end);
    else damaged = damaged.subarray(0, end);
  }
  return damaged;
}

/** Sends the bytes, and takes what comes within a moment. */
function exchange(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(server.port, LOOPBACK_HOST);
    const finish = (): void => {
      socket.destroy();
      resolve(received);
    };
    socket.on('data', (part) => (received += part.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', finish);
    socket.write(bytes, () => setTimeout(finish, ANSWER_WAIT_MS));
  });
}

function statuses(text: string): number[] {
  return [...text.matchAll(STATUS)].map(([, status]) => Number(status));
}

async function holdsNothing(): Promise<boolean> {
  await server.metricBecomes('promontory_write_bytes_in_flight', 0);
  await server.metricBecomes('promontory_write_requests_in_flight', 0);
  await server.metricBecomes('promontory_queries_running', 0);
  return server.process.isRunning();
}

it('damaged requests', { timeout: 60_000 }, async () => {
  const seed = randomInt(2 ** 31);
  const random = new SeededRandom(seed);
  const body = writeBody([{ labels: { __name__: 'hostile' }, samples: [[Date.now(), 1]] }]);
  const written = `Content-Length: ${body.length}`;
  const requests = [
    Buffer.concat([Buffer.from(head('POST /api/v1/write', ...WRITE_HEADERS, written)), body]),
    Buffer.concat([
      Buffer.from(head('POST /api/v1/write', ...WRITE_HEADERS, 'Transfer-Encoding: chunked')),
      chunk(body),
      Buffer.from(LAST_CHUNK),
    ]),
    Buffer.from(head('GET /api/v1/query?query=sum(rate(up%5B5m%5D))&time=1&limit=3')),
    Buffer.from(`${head('POST /api/v1/query', 'Content-Length: 7')}query=1`),
    Buffer.from(head('HEAD /-/ready') + head('GET /metrics')),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const request = requests[random.nextInt(requests.length)] ?? body;
    const answer = await exchange(damage(request, random));
    const failed = statuses(answer).filter((status) => status >= 500 && status !== 505);
    expect({ seed, round, failed }).toEqual({ seed, round, failed: [] });
  }
  expect(await holdsNothing()).toBe(true);
});

it('damaged bodies', { timeout: 60_000 }, async () => {
  const seed = randomInt(2 ** 31);
  const random = new SeededRandom(seed);
  const nowMs = Date.now();
  const body = writeBody(
    [
      {
        labels: { __name__: 'a', job: 'x'.repeat(200) },
        samples: [
          [nowMs, 1],
          [nowMs + 1, 'stale'],
        ],
      },
      { labels: { __name__: 'b' }, samples: [[nowMs, 2]], exemplarTimestampsMs: [nowMs] },
      { labels: { __name__: 'c' }, histograms: [exampleHistogram(nowMs)] },
    ],
    [{ metricFamilyName: 'a', type: 'counter', help: 'Help.', unit: 's' }],
  );
  const message = uncompress(body, 1 << 20);
  for (let round = 0; round < ROUNDS; round++) {
    const isOutside = random.nextInt(4) === 0;
    const { status, text } = await server.write(
      isOutside ? damage(body, random) : compress(damage(message, random)),
    );
    const failed = [204, 400, 413].includes(status) ? '' : `${status} ${text}`;
    expect({ seed, round, failed }).toEqual({ seed, round, failed: '' });
  }
  expect(await holdsNothing()).toBe(true);
  expect((await server.write(compress(encodeWriteRequest({ series: [], metadata: [] })))).status).toBe(204);
});
