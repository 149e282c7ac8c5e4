/** What the flags of OTLP change, and what is stored beside samples, read by the database itself. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { assert } from '@promontory/base';
import { bucketsOf, emptyBuckets, Matcher, type NativeHistogram, SampleColumns } from '@promontory/model';
import { openTsdb, type Tsdb } from '@promontory/tsdb';
import { exportOf, nanoseconds, OTLP_ENCODINGS, stringAttributes } from './otlp-body.ts';
import { askInstant, sendOtlp } from './otlp-client.ts';
import { readStoredHistograms } from './stored-histograms.ts';
import { makeFolder, TestServer } from './test-server.ts';

const NOW_MS = Date.now();
const CUMULATIVE = 2;
const TIME = { timeUnixNano: nanoseconds(NOW_MS) };

let dataFolder = '';
let server: TestServer | null = null;

beforeEach(async () => {
  dataFolder = await makeFolder();
});

afterEach(async () => {
  await server?.stop('SIGKILL');
  server = null;
  await rm(dataFolder, { recursive: true });
});

async function start(...flags: string[]): Promise<TestServer> {
  server = await TestServer.start({ dataFolder, flags });
  return server;
}

async function mustSend(to: TestServer, request: object, at = 0): Promise<void> {
  const { status, rejected, message } = await sendOtlp(to, OTLP_ENCODINGS[at % 2] ?? 'json', request);
  expect([status, rejected, message]).toEqual([200, '0', '']);
}

/** Once the server has ended. */
async function withDatabase<Result>(read: (tsdb: Tsdb) => Result): Promise<Result> {
  await server?.stop();
  const instances = join(dataFolder, 'instances');
  const [name = ''] = await readdir(instances);
  const tsdb = await openTsdb({ directory: join(instances, name) });
  try {
    assert(tsdb.damages.length === 0, 'nothing is damaged');
    return read(tsdb);
  } finally {
    await tsdb.close();
  }
}

const RESOURCE = {
  'service.name': 'shop',
  'service.namespace': 'eu',
  'service.instance.id': '1',
  'k8s.pod.name': 'p-1',
  'host.arch': 'arm64',
};
const GAUGE = { name: 'queue.size', unit: 'By', gauge: { dataPoints: [{ ...TIME, asInt: '5' }] } };
const POD = 'instance=1 job=eu/shop';

it.each<[what: string, flags: string[], stored: readonly string[]]>([
  [
    'by default',
    [],
    [`__name__=queue_size_bytes ${POD}`, `__name__=target_info host_arch=arm64 ${POD} k8s_pod_name=p-1`],
  ],
  [
    'promoting some attributes of the resource, and its identity kept',
    [
      '--otlp-promote-resource-attributes',
      'k8s.pod.name, service.name',
      '--otlp-keep-identifying-resource-attributes',
      'on',
    ],
    [
      `__name__=queue_size_bytes ${POD} k8s_pod_name=p-1 service_name=shop`,
      `__name__=target_info host_arch=arm64 ${POD} k8s_pod_name=p-1 service_instance_id=1 service_name=shop service_namespace=eu`,
    ],
  ],
  [
    'promoting all but some, and the scope, without changing names',
    [
      '--otlp-promote-all-resource-attributes',
      'on',
      '--otlp-ignore-resource-attributes',
      'host.arch,service.name,service.namespace,service.instance.id',
      '--otlp-promote-scope-metadata',
      'on',
      '--otlp-translation-strategy',
      'NoTranslation',
    ],
    [
      `__name__=queue.size ${POD} k8s.pod.name=p-1 otel_scope_name=tests otel_scope_version=1`,
      `__name__=target_info host.arch=arm64 ${POD} k8s.pod.name=p-1`,
    ],
  ],
])('%s, series have the labels that the flags say', async (_what, flags, stored) => {
  const to = await start(...flags);
  await mustSend(to, exportOf([GAUGE], RESOURCE));
  const found = await askInstant(to, '{job="eu/shop"}', NOW_MS);
  const sorted = (text: string): string => text.split(' ').sort().join(' ');
  expect(Object.keys(found).map(sorted).sort()).toEqual(stored.map(sorted).sort());
});

const NATIVE = { isInteger: true, counterResetHint: 'unknown', isStale: false } as const;
const CUSTOM: NativeHistogram = {
  ...NATIVE,
  schema: -53,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 6,
  sum: 10.5,
  positive: bucketsOf([0, 2], [2, 4]),
  negative: emptyBuckets(),
  customValues: Float64Array.of(0.5, 2),
};
const EXPONENTIAL: NativeHistogram = {
  ...NATIVE,
  schema: 8,
  zeroThreshold: 0.25,
  zeroCount: 2,
  count: 9,
  sum: 30,
  // Scale 9 at offset 3 holds buckets 4, 5 and 6 of schema 9, which are 2, 3 and 3 of schema 8.
  positive: bucketsOf([2, 3], [1, 5]),
  negative: bucketsOf([1], [1]),
  customValues: new Float64Array(0),
};

it('histograms are stored bucket by bucket: with custom buckets by a flag, and of a finer scale at 8', async () => {
  const to = await start('--otlp-convert-histograms-to-nhcb', 'on');
  for (const [at, encoding] of OTLP_ENCODINGS.entries()) {
    const dataPoints = [
      {
        ...TIME,
        startTimeUnixNano: nanoseconds(NOW_MS - 5000),
        count: '6',
        sum: 10.5,
        bucketCounts: ['2', '0', '4'],
        explicitBounds: [0.5, 2],
      },
      { timeUnixNano: nanoseconds(NOW_MS + 1), flags: 1 },
    ];
    const exponentialPoint = {
      ...TIME,
      count: '9',
      sum: 30,
      scale: 9,
      zeroCount: '2',
      zeroThreshold: 0.25,
      positive: { offset: 3, bucketCounts: ['1', '2', '3'] },
      negative: { offset: 0, bucketCounts: ['1'] },
    };
    const metrics = [
      { name: `custom_${encoding}`, histogram: { aggregationTemporality: CUMULATIVE, dataPoints } },
      {
        name: `exponential_${encoding}`,
        exponentialHistogram: { aggregationTemporality: CUMULATIVE, dataPoints: [exponentialPoint] },
      },
    ];
    await mustSend(to, exportOf(metrics, { 'service.name': 'native' }), at);
  }
  await server?.stop();
  const found = await readStoredHistograms(dataFolder, 'job', 'native');
  const stored = Object.fromEntries(found.map(({ labels, samples }) => [labels['__name__'], samples]));
  for (const encoding of OTLP_ENCODINGS) {
    expect(stored[`custom_${encoding}`]).toMatchObject([
      { timestampMs: NOW_MS, histogram: CUSTOM },
      { timestampMs: NOW_MS + 1, histogram: { isStale: true } },
    ]);
    expect(stored[`exponential_${encoding}`]).toMatchObject([
      { timestampMs: NOW_MS, histogram: EXPONENTIAL },
    ]);
  }
});

it('exemplars, metadata and markers of staleness are stored', async () => {
  const to = await start();
  for (const [at, encoding] of OTLP_ENCODINGS.entries()) {
    const exemplars = [
      {
        timeUnixNano: nanoseconds(NOW_MS - 3),
        asDouble: 0.7,
        traceId: '0102030405060708090a0b0c0d0e0f10',
        spanId: '0102030405060708',
        filteredAttributes: stringAttributes({ user: 'x' }),
      },
    ];
    const dataPoints = [
      { ...TIME, count: '2', sum: 1, bucketCounts: ['1', '1'], explicitBounds: [0.5], exemplars },
    ];
    await mustSend(
      to,
      exportOf([
        {
          name: `latency.${encoding}`,
          unit: 's',
          description: 'how long',
          histogram: { aggregationTemporality: CUMULATIVE, dataPoints },
        },
        { name: `gone.${encoding}`, gauge: { dataPoints: [{ ...TIME, flags: 1 }] } },
      ]),
      at,
    );
  }
  await withDatabase((tsdb) => {
    const range = { rangeStartMsInclusive: 0, rangeEndMsInclusive: NOW_MS + 1000 };
    const { values } = tsdb.exemplars({ matcherSets: [], countMax: 0, ...range });
    const labels = { trace_id: '0102030405060708090a0b0c0d0e0f10', span_id: '0102030405060708', user: 'x' };
    const found = values.map(({ labels: series, exemplars }) => [
      series.toString(),
      exemplars.map((exemplar) => ({ ...exemplar, labels: exemplar.labels.toObject() })),
    ]);
    // That of 0.7 belongs to the bucket above 0.5.
    expect(found).toEqual(
      OTLP_ENCODINGS.map((encoding) => [
        `latency_${encoding}_seconds_bucket{le="+Inf"}`,
        [{ labels: { ...labels }, value: 0.7, timestampMs: NOW_MS - 3 }],
      ]),
    );
    for (const encoding of OTLP_ENCODINGS) {
      const metricName = `latency_${encoding}_seconds`;
      const said = tsdb.metadata({ metricName, metricsMax: 0, sayingsPerMetricMax: 0 });
      expect([...said.values()]).toEqual([[{ type: 'histogram', unit: 'seconds', help: 'how long' }]]);
      const set = tsdb.select({ matchers: [new Matcher('=', '__name__', `gone_${encoding}`)], ...range });
      const columns = new SampleColumns();
      set.read(0, columns);
      set.close();
      expect([columns.count, columns.isStale(0)]).toEqual([1, true]);
    }
  });
});
