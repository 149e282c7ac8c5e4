import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { askSource, bad, failure, MemoryDataSource, success } from '../api-test-harness.ts';

function source(): MemoryDataSource {
  const memory = new MemoryDataSource();
  memory.add(Labels.fromObject({ __name__: 'up', job: 'a<' }), 1000, 1);
  memory.add(Labels.fromObject({ __name__: 'up', job: 'b' }), 1000, 1);
  memory.add(Labels.fromObject({ __name__: 'down', job: 'b' }), 1000, 1);
  return memory;
}

const TOP = [
  '"seriesCountByMetricName":[{"name":"up","value":2}]',
  '"labelValueCountByLabelName":[{"name":"__name__","value":2}]',
  '"memoryInBytesByLabelName":[{"name":"__name__","value":6}]',
  '"seriesCountByLabelValuePair":[{"name":"__name__=up","value":2}]',
].join();
const OF_B = [
  '"seriesCountByMetricName":[{"name":"down","value":1},{"name":"up","value":1}]',
  '"labelValueCountByLabelName":[{"name":"__name__","value":2},{"name":"job","value":1}]',
  '"memoryInBytesByLabelName":[{"name":"__name__","value":6},{"name":"job","value":1}]',
  '"seriesCountByLabelValuePair":[{"name":"job=b","value":2},{"name":"__name__=down","value":1},{"name":"__name__=up","value":1}]',
].join();

describe('/api/v1/status/tsdb', () => {
  it('counts', async () => {
    const answer = await askSource(source(), 'GET /api/v1/status/tsdb?limit=1');
    const head = '"headStats":{"numSeries":3,"numLabelPairs":4,"chunkCount":3,"minTime":1000,"maxTime":2000}';
    expect([answer.status, answer.text]).toEqual([200, success(`{${head},${TOP}}`)]);
    const all = JSON.parse((await askSource(source(), 'GET /api/v1/status/tsdb')).text) as {
      data: { seriesCountByLabelValuePair: unknown[] };
    };
    expect(all.data.seriesCountByLabelValuePair).toHaveLength(4);
  });

  it('counts what a narrowed request may see, without its times', async () => {
    const answer = await askSource(source(), 'GET /api/v1/status/tsdb?extra_label=job=b');
    const head =
      '"headStats":{"numSeries":2,"numLabelPairs":3,"chunkCount":0,"minTime":9223372036854775807,"maxTime":-9223372036854775808}';
    expect(answer.text).toBe(success(`{${head},${OF_B}}`));
  });

  it('warns of what was not counted', async () => {
    const memory = source();
    const cardinality = memory.cardinality.bind(memory);
    memory.cardinality = async (topMax) => ({ ...(await cardinality(topMax)), isComplete: false });
    const answer = await askSource(memory, 'GET /api/v1/status/tsdb');
    expect(JSON.parse(answer.text)).toMatchObject({
      warnings: ['not everything was counted: there is too much of it, or a part is damaged'],
    });
  });

  it.each([
    ['0', 'limit must be a positive number'],
    ['-1', 'limit must be a positive number'],
    ['x', 'limit must be a positive number'],
    ['10001', 'limit must not exceed 10000'],
  ])('refuses a limit of %s', async (limit, message) => {
    const answer = await askSource(source(), `GET /api/v1/status/tsdb?limit=${limit}`);
    expect([answer.status, answer.text]).toEqual([400, bad(message)]);
    expect((await askSource(source(), 'GET /api/v1/status/tsdb?limit=10000')).status).toBe(200);
  });
});

describe('/api/v1/status/tsdb/blocks', () => {
  const block = {
    id: 33,
    firstTimestampMs: 1000,
    lastTimestampMs: 1999,
    seriesCount: 2,
    floatCount: 5,
    histogramCount: 0,
    segmentCount: 1,
    bytes: 100,
    level: 0,
  };

  it('lists them', async () => {
    const memory = source();
    expect((await askSource(memory, 'GET /api/v1/status/tsdb/blocks')).text).toBe(success('{"blocks":[]}'));
    memory.listedBlocks.push(block, { ...block, id: 34, histogramCount: 1, level: 2 });
    const meta = (ulid: string, stats: string, level: number): string =>
      `{"ulid":"${ulid}","minTime":1000,"maxTime":2000,"stats":{${stats},"numSeries":2,"numChunks":1},"compaction":{"level":${level},"sources":["${ulid}"]},"version":1}`;
    const first = meta('00000000Z80000000000000011', '"numSamples":5,"numFloatSamples":5', 1);
    const second = meta(
      '00000000Z80000000000000012',
      '"numSamples":6,"numFloatSamples":5,"numHistogramSamples":1',
      3,
    );
    const answer = await askSource(memory, 'GET /api/v1/status/tsdb/blocks');
    expect(answer.text).toBe(success(`{"blocks":[${first},${second}]}`));
  });

  it('lists none to a narrowed request', async () => {
    const answer = await askSource(source(), 'GET /api/v1/status/tsdb/blocks?extra_label=job=b');
    const message =
      'cannot list blocks: the request may see some series only, and a block holds those of all';
    expect([answer.status, answer.text]).toEqual([403, failure('forbidden', message)]);
  });
});
