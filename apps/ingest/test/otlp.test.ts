/** OTLP metrics over HTTP: what each kind of metric is stored as, in both encodings, plain and compressed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  exportOf,
  nanoseconds,
  OTLP_ENCODINGS,
  OTLP_MEDIA_TYPES,
  type OtlpBodyEncoding,
  stringAttributes,
} from './otlp-body.ts';
import { askInstant, sendOtlp } from './otlp-client.ts';
import { TestServer } from './test-server.ts';

const NOW_MS = Date.now();
const START_MS = NOW_MS - 60_000;
const CUMULATIVE = 2;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

interface Sent {
  readonly encoding: OtlpBodyEncoding;
  readonly isGzip?: boolean;
}

async function mustSend(request: object, { encoding, isGzip = false }: Sent): Promise<void> {
  const reply = await sendOtlp(server, encoding, request, isGzip);
  expect([reply.status, reply.headers.get('content-type'), reply.body.toString()]).toEqual([
    200,
    OTLP_MEDIA_TYPES[encoding],
    encoding === 'json' ? '{}' : '',
  ]);
}

function asked(query: string): Promise<Record<string, string>> {
  return askInstant(server, query, NOW_MS);
}

function point(more: object = {}): object {
  return {
    startTimeUnixNano: nanoseconds(START_MS),
    timeUnixNano: nanoseconds(NOW_MS),
    attributes: stringAttributes({ 'http.method': 'GET' }),
    ...more,
  };
}

const WAYS: readonly Sent[] = OTLP_ENCODINGS.flatMap((encoding) => [
  { encoding },
  { encoding, isGzip: true },
]);

describe.each(WAYS)('$encoding, gzip $isGzip', (way) => {
  const name = `${way.encoding}.${way.isGzip === true ? 'gzip' : 'plain'}`;
  const stored = name.replace('.', '_');
  const resource = { 'service.name': name, 'service.instance.id': 'i-1', 'host.name': 'h' };
  const target = `instance=i-1 job=${name}`;

  it('a gauge and counters, integer and double, become series of their own names', async () => {
    await mustSend(
      exportOf(
        [
          { name: `${name}.temperature`, unit: 'Cel', gauge: { dataPoints: [point({ asDouble: -1.5 })] } },
          {
            name: `${name}.requests`,
            unit: '1',
            sum: {
              aggregationTemporality: CUMULATIVE,
              isMonotonic: true,
              dataPoints: [point({ asInt: '7' })],
            },
          },
          {
            name: `${name}.queue`,
            sum: { aggregationTemporality: CUMULATIVE, dataPoints: [point({ asInt: '-3' })] },
          },
        ],
        resource,
      ),
      way,
    );
    expect(await asked(`{__name__=~"${stored}_(temperature|requests|queue).*"}`)).toEqual({
      [`__name__=${stored}_temperature_celsius http_method=GET ${target}`]: '-1.5',
      [`__name__=${stored}_requests_total http_method=GET ${target}`]: '7',
      [`__name__=${stored}_queue http_method=GET ${target}`]: '-3',
    });
    expect(await asked(`target_info{job="${name}"}`)).toEqual({
      [`__name__=target_info host_name=h ${target}`]: '1',
    });
  });

  it('start times are those of the samples', async () => {
    const sum = (timestampMs: number, asInt: string): object =>
      exportOf(
        [
          {
            name: `${name}.started`,
            sum: {
              aggregationTemporality: CUMULATIVE,
              isMonotonic: true,
              dataPoints: [point({ asInt, timeUnixNano: nanoseconds(timestampMs) })],
            },
          },
        ],
        resource,
      );
    await mustSend(sum(NOW_MS, '7'), way);
    expect(Object.values(await asked(`start_timestamp(${stored}_started_total)`))).toEqual([
      String(START_MS / 1000),
    ]);
  });

  it('a histogram becomes series of buckets, a sum and a count', async () => {
    const histogram = {
      aggregationTemporality: CUMULATIVE,
      dataPoints: [point({ count: '6', sum: 10.5, bucketCounts: ['1', '2', '3'], explicitBounds: [0.5, 2] })],
    };
    await mustSend(exportOf([{ name: `${name}.latency`, unit: 's', histogram }], resource), way);
    expect(await asked(`{__name__=~"${stored}_latency.*"}`)).toEqual({
      [`__name__=${stored}_latency_seconds_bucket http_method=GET ${target} le=0.5`]: '1',
      [`__name__=${stored}_latency_seconds_bucket http_method=GET ${target} le=2`]: '3',
      [`__name__=${stored}_latency_seconds_bucket http_method=GET ${target} le=+Inf`]: '6',
      [`__name__=${stored}_latency_seconds_sum http_method=GET ${target}`]: '10.5',
      [`__name__=${stored}_latency_seconds_count http_method=GET ${target}`]: '6',
    });
  });

  it('an exponential histogram becomes a native one, with its start', async () => {
    const exponentialHistogram = {
      aggregationTemporality: CUMULATIVE,
      dataPoints: [
        point({
          count: '9',
          sum: 30,
          scale: 0,
          zeroCount: '2',
          positive: { offset: -1, bucketCounts: ['1', '2', '3'] },
          negative: { offset: 0, bucketCounts: ['1'] },
        }),
      ],
    };
    await mustSend(exportOf([{ name: `${name}.exp`, exponentialHistogram }], resource), way);
    const metric = `${stored}_exp`;
    const values = async (query: string): Promise<string[]> => Object.values(await asked(query));
    expect(await values(metric)).toEqual(['histogram']);
    expect(await values(`histogram_count(${metric})`)).toEqual(['9']);
    expect(await values(`histogram_sum(${metric})`)).toEqual(['30']);
    // Of nine, one is below zero, two are zero, and up to 2 there are three more.
    expect(await values(`histogram_fraction(-Inf, 2, ${metric}) * 9`)).toEqual(['6']);
    expect(await values(`start_timestamp(${metric})`)).toEqual([String(START_MS / 1000)]);
  });

  it('a summary becomes series of quantiles, a sum and a count', async () => {
    const summary = {
      dataPoints: [point({ count: '4', sum: 8, quantileValues: [{ quantile: 0.5, value: 1.25 }] })],
    };
    await mustSend(exportOf([{ name: `${name}.summary`, summary }], resource), way);
    expect(await asked(`{__name__=~"${stored}_summary.*"}`)).toEqual({
      [`__name__=${stored}_summary http_method=GET ${target} quantile=0.5`]: '1.25',
      [`__name__=${stored}_summary_sum http_method=GET ${target}`]: '8',
      [`__name__=${stored}_summary_count http_method=GET ${target}`]: '4',
    });
  });

  it('no recorded value ends the series at once', async () => {
    const gauge = (timestampMs: number, more: object): object => ({
      timeUnixNano: nanoseconds(timestampMs),
      ...more,
    });
    const dataPoints = [gauge(NOW_MS - 1000, { asDouble: 5 }), gauge(NOW_MS, { flags: 1 })];
    await mustSend(exportOf([{ name: `${name}.gone`, gauge: { dataPoints } }]), way);
    expect(await asked(`${stored}_gone`)).toEqual({});
    expect(await asked(`${stored}_gone offset 1s`)).toEqual({ [`__name__=${stored}_gone`]: '5' });
    const [series] = await server.samples(`${stored}_gone`, '1m', NOW_MS);
    expect(series?.values).toEqual([[(NOW_MS - 1000) / 1000, '5']]);
  });
});
