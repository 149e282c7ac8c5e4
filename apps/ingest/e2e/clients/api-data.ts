/** What the endpoints beside queries answer, and what a server says of itself. */
import { assert } from '@promontory/base';
import type { ApiTarget } from '../prometheus-api.ts';

export interface SeriesExemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp: number;
  }[];
}

/** @returns the data of a success */
export async function dataOf<T>(
  target: ApiTarget,
  path: string,
  parameters: Record<string, string> = {},
): Promise<T> {
  const url = `${target.baseUrl}${path}?${new URLSearchParams(parameters).toString()}`;
  const response = await fetch(url, { headers: target.headers });
  const text = await response.text();
  assert(response.status === 200, `${target.name} answers ${path}: ${response.status} ${text}`);
  const { data } = JSON.parse(text) as { readonly data: T };
  return data;
}

/** Sorted, so that two servers can be compared. */
export async function exemplarsOf(target: ApiTarget, query: string, atS: number): Promise<SeriesExemplars[]> {
  const range = { start: String(atS - 300), end: String(atS) };
  const found = await dataOf<SeriesExemplars[]>(target, '/api/v1/query_exemplars', { query, ...range });
  return found.toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

function keyOf({ seriesLabels }: SeriesExemplars): string {
  const pairs = Object.entries(seriesLabels).map((pair) => JSON.stringify(pair));
  return pairs.toSorted().join(',');
}

/** Samples of /metrics: labels as they stand there, and the value. */
export async function metricsOf(target: ApiTarget, name: RegExp): Promise<Map<string, number>> {
  const response = await fetch(`${target.baseUrl}/metrics`);
  const lines = (await response.text()).split('\n');
  return new Map(
    lines.flatMap((line): [string, number][] => {
      const [, series = '', value = ''] = /^([a-z].*) (\S+)$/i.exec(line) ?? [];
      return name.test(series) ? [[series, Number(value)]] : [];
    }),
  );
}
