/** Remote read as clients see it: streams that are read whole, slowly, or not at all. */
import { SeededRandom } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import {
  ChunkFrameReader,
  compress,
  decodeChunk,
  decodeChunkedReadResponse,
  encodeReadRequest,
  type ReadRequest,
} from '@promontory/wire';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { head, RawConnection } from './raw-connection.ts';
import { AUTHORIZATION, TestServer } from './test-server.ts';
import type { Sample } from './write-body.ts';

const BYTES = 'promontory_query_bytes_in_flight';
const READS = 'promontory_remote_reads_running';
const ACTIVE = '/api/v1/status/active_queries';
const SERIES = 24;
const SAMPLES = 40_000;
const NOW_MS = Date.now();

let server: TestServer;
let connections: RawConnection[] = [];

/** Nothing that compresses: some 9 MB as chunks, more than sockets hold between two processes. */
beforeAll(async () => {
  server = await TestServer.start({
    flags: [
      '--query-threads=1',
      '--remote-read-max=1',
      '--remote-read-queue-max=1',
      // So that the log has every request.
      '--slow-query-time=0s',
    ],
  });
  const random = new SeededRandom(1);
  for (let index = 0; index < SERIES; index++) {
    const samples = Array.from({ length: SAMPLES }, (_, at): Sample => [
      NOW_MS - (SAMPLES - at) * 10,
      random.nextFloat(),
    ]);
    await server.mustWrite([{ labels: { __name__: 'noise', index: String(index) }, samples }]);
  }
});

afterEach(async () => {
  for (const connection of connections) connection.close();
  connections = [];
  await server.metricBecomes(READS, 0);
});

afterAll(() => server.stop());

function bodyOf(more: Partial<ReadRequest> = {}): Buffer {
  return Buffer.from(
    compress(
      encodeReadRequest({
        queries: [
          {
            startMsInclusive: NOW_MS - SAMPLES * 10,
            endMsInclusive: NOW_MS,
            matchers: [{ operator: '=', name: '__name__', value: 'noise' }],
            hints: null,
          },
        ],
        acceptedResponseTypes: ['streamed-xor-chunks'],
        ...more,
      }),
    ),
  );
}

async function startRead(isReading: boolean): Promise<RawConnection> {
  const connection = await RawConnection.to(server.port);
  if (!isReading) connection.socket.pause();
  connections.push(connection);
  const body = bodyOf();
  connection.send(
    head('POST /api/v1/read', 'Content-Encoding: snappy', `Content-Length: ${body.length}`),
    body,
  );
  return connection;
}

/** How many samples of how many series. */
async function readWhole(): Promise<[series: number, samples: number]> {
  const response = await fetch(`http://127.0.0.1:${server.port}/api/prom_read`, {
    method: 'POST',
    headers: { Authorization: AUTHORIZATION, 'Content-Encoding': 'snappy' },
    body: bodyOf(),
  });
  expect(response.headers.get('Content-Type')).toBe(
    'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse',
  );
  const reader = new ChunkFrameReader(64 * 1024 ** 2);
  reader.push(new Uint8Array(await response.arrayBuffer()));
  const names = new Set<string>();
  const samples = { floats: new SampleColumns(), histograms: [] };
  for (let frame = reader.next(); frame !== null; frame = reader.next()) {
    for (const { labels, chunks } of decodeChunkedReadResponse(frame).series) {
      names.add(JSON.stringify(labels));
      for (const chunk of chunks) decodeChunk(chunk, samples);
    }
  }
  reader.end();
  return [names.size, samples.floats.count];
}

it('a stream has every sample', async () => {
  expect(await readWhole()).toEqual([SERIES, SERIES * SAMPLES]);
});

it('a client that takes nothing holds little memory and no thread', async () => {
  await startRead(false);
  await server.metricBecomes(READS, 1);
  expect((await server.request('/api/v1/query?query=count(noise)')).status).toBe(200);
  expect(await server.metric(BYTES)).toBeLessThan(4 * 1024 ** 2);
});

it('one read at a time: the next waits, and the one after it is refused', async () => {
  const first = await startRead(false);
  await server.metricBecomes(READS, 1);
  const second = readWhole();
  await server.metricBecomes('promontory_remote_reads_waiting', 1);
  const third = await server.request('/api/v1/read', { method: 'POST', body: bodyOf() });
  expect([third.status, Number(third.headers.get('Retry-After')) > 0]).toEqual([503, true]);
  expect(third.text).toContain('--remote-read-max');
  first.close();
  expect(await second).toEqual([SERIES, SERIES * SAMPLES]);
});

it('one that leaves while it waits is forgotten', async () => {
  await startRead(false);
  await server.metricBecomes(READS, 1);
  const waiting = await startRead(true);
  await server.metricBecomes('promontory_remote_reads_waiting', 1);
  waiting.close();
  await server.metricBecomes('promontory_remote_reads_waiting', 0);
  expect(await server.metric(READS)).toBe(1);
});

it('one that is cancelled ends at once, though its client takes nothing', async () => {
  const connection = await startRead(false);
  await server.metricBecomes(READS, 1);
  // The thread is free again when the stream has begun.
  await server.request('/api/v1/query?query=count(noise)');
  const { data } = JSON.parse((await server.request(ACTIVE)).text) as { data: { id: string }[] };
  const cancelled = await server.request(`${ACTIVE}/${data[0]?.id}`, { method: 'DELETE' });
  expect([data.length, cancelled.status]).toEqual([1, 200]);
  await server.metricBecomes(READS, 0);
  connection.socket.resume();
  await connection.closed();
  const line = server.process.log.split('\n').findLast((each) => each.includes('"/api/v1/read"')) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({ msg: 'slow query', status: 499 });
  expect(server.process.log).not.toContain('failed inside');
});

it('samples come in one piece', async () => {
  const answer = await server.request('/api/v1/read', {
    method: 'POST',
    body: bodyOf({ acceptedResponseTypes: [] }),
  });
  expect([answer.status, answer.headers.get('Content-Encoding')]).toEqual([200, 'snappy']);
});
