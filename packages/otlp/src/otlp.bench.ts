/**
 * Decodes and translates exports of 2,000 data points with eight attributes each, as a collector sends them; prints
 * `name ns/op hash`, an op being a data point.
 */
import { decodeRequestJson } from './json/request-decoder.ts';
import { attributes, testTime } from './otlp-test-values.ts';
import { decodeRequestProtobuf } from './proto/request-decoder.ts';
import { encodeTestJson, encodeTestProtobuf } from './proto/request-test-encoder.ts';
import type { OtlpRequest } from './request.ts';
import { translateRequest } from './translate/translator.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const ROUNDS = SMOKE ? 1 : 40;
const RESOURCES = SMOKE ? 2 : 20;
const METRICS_PER_RESOURCE = 10;
const POINTS_PER_METRIC = 10;
const POINTS = RESOURCES * METRICS_PER_RESOURCE * POINTS_PER_METRIC;

type MakeData = (points: object[]) => object;

const counter: MakeData = (points) => ({
  sum: {
    aggregationTemporality: 2,
    isMonotonic: true,
    dataPoints: points.map((point, index) => ({ ...point, asInt: String(index * 37) })),
  },
});

/** Fifteen buckets, as SDKs have by default. */
const explicit: MakeData = (points) => ({
  histogram: {
    aggregationTemporality: 2,
    dataPoints: points.map((point) => ({
      ...point,
      count: '120',
      sum: 12.5,
      bucketCounts: Array.from({ length: 16 }, (_, index) => String(index)),
      explicitBounds: Array.from({ length: 15 }, (_, index) => index * 5),
    })),
  },
});

const exponential: MakeData = (points) => ({
  exponentialHistogram: {
    aggregationTemporality: 2,
    dataPoints: points.map((point) => ({
      ...point,
      count: '1225',
      sum: 12.5,
      scale: 3,
      positive: { offset: -20, bucketCounts: Array.from({ length: 50 }, (_, index) => String(index)) },
    })),
  },
});

function requestOf(makeData: MakeData): object {
  const pointOf = (index: number): object => ({
    timeUnixNano: testTime(),
    startTimeUnixNano: testTime(-1000),
    attributes: attributes({
      'http.request.method': 'GET',
      'http.route': `/api/v1/items/${index}`,
      'http.response.status_code': '200',
      'network.protocol.version': '1.1',
      'server.address': 'shop.example',
      'server.port': '443',
      'url.scheme': 'https',
      'user_agent.synthetic.type': 'bot',
    }),
  });
  const metricOf = (metric: number): object => ({
    name: `http.server.request.duration.${metric}`,
    unit: 's',
    description: 'Duration of requests.',
    ...makeData(Array.from({ length: POINTS_PER_METRIC }, (_, index) => pointOf(index))),
  });
  const resourceOf = (resource: number): object => ({
    resource: {
      attributes: attributes({
        'service.name': 'shop',
        'service.instance.id': `pod-${resource}`,
        'k8s.pod.name': `pod-${resource}`,
        'k8s.namespace.name': 'prod',
      }),
    },
    scopeMetrics: [
      {
        scope: { name: 'http' },
        metrics: Array.from({ length: METRICS_PER_RESOURCE }, (_, metric) => metricOf(metric)),
      },
    ],
  });
  return { resourceMetrics: Array.from({ length: RESOURCES }, (_, resource) => resourceOf(resource)) };
}

/** @param op gives a number that depends on all of its work */
function measure(name: string, op: () => number): void {
  let best = Number.POSITIVE_INFINITY;
  let hash = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    hash = op();
    best = Math.min(best, performance.now() - startMs);
  }
  process.stdout.write(`${name} ${((best * 1e6) / POINTS).toFixed(1)} ns/op ${hash}\n`);
}

function translatedSum(request: OtlpRequest): number {
  let sum = 0;
  for (const { labels, samples, histograms } of translateRequest(request).series) {
    sum += labels.size + samples.length + histograms.length;
  }
  return sum;
}

for (const [kind, makeData] of Object.entries({ counter, explicit, exponential })) {
  const request = requestOf(makeData);
  const protobuf = encodeTestProtobuf(request);
  const json = encodeTestJson(request);
  const decoded = decodeRequestProtobuf(protobuf);
  measure(`${kind}, decode protobuf`, () => decodeRequestProtobuf(protobuf).resources.length);
  measure(`${kind}, decode JSON`, () => decodeRequestJson(json).resources.length);
  measure(`${kind}, translate`, () => translatedSum(decoded));
}
