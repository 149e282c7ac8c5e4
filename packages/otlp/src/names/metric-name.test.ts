import { describe, expect, it } from 'vitest';
import { metricNameOf } from './metric-name.ts';

type Type = 'counter' | 'gauge' | 'other';

function nameOf(strategy: string, name: string, unit: string, type: Type): string | null {
  const naming = { isEscaped: strategy.includes('escaped'), hasSuffixes: strategy.includes('suffixes') };
  return metricNameOf({ name, unit, isCounter: type === 'counter', isGauge: type === 'gauge' }, naming);
}

describe('escaped, with suffixes', () => {
  it.each<[name: string, unit: string, type: Type, want: string | null]>([
    ['http.server.duration', 's', 'other', 'http_server_duration_seconds'],
    ['requests', '', 'counter', 'requests_total'],
    ['requests_total', '', 'counter', 'requests_total'],
    ['total.requests', '', 'counter', 'requests_total'],
    ['requests', '1', 'counter', 'requests_total'],
    ['cpu.usage', '1', 'gauge', 'cpu_usage_ratio'],
    ['cpu.ratio.usage', '1', 'gauge', 'cpu_usage_ratio'],
    ['hits', '1', 'other', 'hits'],
    ['io', 'By', 'counter', 'io_bytes_total'],
    ['io.bytes', 'By', 'counter', 'io_bytes_total'],
    ['bytes.io', 'By', 'gauge', 'bytes_io'],
    ['rate', 'By/s', 'gauge', 'rate_bytes_per_second'],
    ['rate', '1/s', 'counter', 'rate_per_second_total'],
    ['speed.per_second', 'm/s', 'gauge', 'speed_per_second_meters_per_second'],
    ['x', 'per_second/s', 'gauge', 'x_per_second_per_second'],
    ['x', 'a_/s', 'gauge', 'x_a_per_second'],
    ['x', 'a_', 'gauge', 'x_a_'],
    ['x', 'By/@', 'gauge', 'x_bytes'],
    ['a__b..c', '', 'gauge', 'a_b_c'],
    ['_a_', '', 'gauge', 'a'],
    ['(lambda).function.executions(#)', '1', 'other', 'lambda_function_executions'],
    ['job:rate', '', 'gauge', 'job:rate'],
    ['2xx', '', 'counter', '_2xx_total'],
    ['größe', '', 'gauge', 'gr_e'],
    ['', '', 'gauge', null],
    ['', '', 'counter', 'total'],
    ['', 's', 'gauge', 'seconds'],
    ['@#', '', 'gauge', null],
    ['___', '', 'gauge', null],
    ['constructor', '', 'gauge', 'constructor'],
  ])('%j in %j as %s is %j', (name, unit, type, want) => {
    expect(nameOf('escaped, suffixes', name, unit, type)).toBe(want);
  });
});

describe('escaped, without suffixes', () => {
  it.each([
    ['http.server.duration', 'http_server_duration'],
    ['a@@#b', 'a_b'],
    ['.a.', 'a'],
    ['a__b', 'a__b'],
    ['___', '___'],
    ['..', null],
    ['', null],
    ['2xx', '_2xx'],
  ])('%j is %j', (name, want) => {
    expect(nameOf('escaped', name, 'By', 'counter')).toBe(want);
  });
});

describe('kept, with suffixes', () => {
  it.each<[name: string, unit: string, type: Type, want: string | null]>([
    ['http.server.duration', 's', 'other', 'http.server.duration_seconds'],
    ['größe', 'By', 'gauge', 'größe_bytes'],
    ['requests', '', 'counter', 'requests_total'],
    ['requests.total', '', 'counter', 'requests_total'],
    ['cpu_seconds_total', 's', 'counter', 'cpu_seconds_total'],
    ['io', 'By/s', 'counter', 'io_bytes_per_second_total'],
    ['io.bytes.per_second.total', 'By/s', 'counter', 'io.bytes_per_second_total'],
    ['usage', '1', 'gauge', 'usage_ratio'],
    ['usage.ratio', '1', 'gauge', 'usage_ratio'],
    ['total', '', 'counter', 'total_total'],
    ['a', 'x@y', 'gauge', 'a_x@y'],
    ['@#', '', 'counter', '@#_total'],
    ['x😀total', '', 'counter', 'x_total'],
    ['😀total', '', 'counter', '😀total_total'],
    ['x😀ratio', '1', 'gauge', 'x_ratio'],
    ['x😀per_😀', 'By/😀', 'gauge', 'x_bytes_per_😀'],
    ['xétotal', '', 'counter', 'x_total'],
    ['x\ntotal', '', 'counter', 'x_total'],
    ['', '', 'gauge', null],
  ])('%j in %j as %s is %j', (name, unit, type, want) => {
    expect(nameOf('suffixes', name, unit, type)).toBe(want);
  });
});

it('kept without suffixes is what was sent', () => {
  expect(nameOf('none', 'http.server duration', 's', 'counter')).toBe('http.server duration');
  expect(nameOf('none', '', 's', 'counter')).toBeNull();
});

it('no half of a surrogate pair is left of a name', () => {
  const names = ['😀', 'x😀', '😀x', '😀😀'].flatMap((stem) =>
    ['', '😀', 'total', 'ratio', 'bytes'].map((end) => stem + end),
  );
  const units = ['', '1', 'By', '😀', '😀/😀', 'By/s', 'a😀b/c😀'];
  const types = ['counter', 'gauge', 'other'] as const;
  for (const strategy of ['escaped, suffixes', 'escaped', 'suffixes', 'none']) {
    const made = names.flatMap((name) =>
      units.flatMap((unit) => types.map((type) => nameOf(strategy, name, unit, type) ?? '')),
    );
    expect(made.filter((name) => !name.isWellFormed())).toEqual([]);
  }
});
