import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { expect, it } from 'vitest';
import { metricFamily } from './metric-families.ts';

it('makes families of what prom-client lists', async () => {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'c_total', help: 'C.', labelNames: ['code'], registers }).inc({ code: 200 }, 2);
  new Gauge({ name: 'g', help: 'G.', registers }).set(-1);
  const histogram = new Histogram({
    name: 'h',
    help: 'H.',
    labelNames: ['area'],
    buckets: [1, 2],
    registers,
  });
  histogram.observe({ area: 'a' }, 0.5);
  histogram.observe({ area: 'a' }, 1.5);
  histogram.observe({ area: 'b' }, 9);
  new Summary({ name: 's', help: 'S.', percentiles: [0.5], registers }).observe(4);
  const families = (await registry.getMetricsAsJSON()).map(metricFamily);
  const bucketsOf = (one: number, two: number): object[] => [
    { upperBound: 1, cumulativeCount: one },
    { upperBound: 2, cumulativeCount: two },
  ];
  expect(families).toEqual([
    {
      name: 'c_total',
      help: 'C.',
      type: 'COUNTER',
      metrics: [{ labels: { code: '200' }, value: { kind: 'single', value: 2 } }],
    },
    { name: 'g', help: 'G.', type: 'GAUGE', metrics: [{ labels: {}, value: { kind: 'single', value: -1 } }] },
    {
      name: 'h',
      help: 'H.',
      type: 'HISTOGRAM',
      metrics: [
        { labels: { area: 'a' }, value: { kind: 'histogram', count: 2, sum: 2, buckets: bucketsOf(1, 2) } },
        { labels: { area: 'b' }, value: { kind: 'histogram', count: 1, sum: 9, buckets: bucketsOf(0, 0) } },
      ],
    },
    {
      name: 's',
      help: 'S.',
      type: 'SUMMARY',
      metrics: [
        {
          labels: {},
          value: { kind: 'summary', count: 1, sum: 4, quantiles: [{ quantile: 0.5, value: 4 }] },
        },
      ],
    },
  ]);
});
