/** Asks a server over the Prometheus HTTP API. */

export interface ApiTarget {
  readonly name: string;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An instant query at one time, or a range query. Times in seconds, as the API takes them. */
export type QueryTime =
  { readonly atS: number } | { readonly startS: number; readonly endS: number; readonly stepS: number };

type Point = readonly [timestampS: number, value: string];

/** Bounds and counts of the buckets that are not empty, from the lowest to the highest. */
export interface HistogramAnswer {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly (readonly [boundaries: number, left: string, right: string, count: string])[];
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Of an instant query. */
  readonly value?: Point;
  /** Of a range query, or of a range selector. */
  readonly values?: readonly Point[];
  /** Of a range selector, beside `values`. */
  readonly histograms?: readonly (readonly [timestampS: number, histogram: HistogramAnswer])[];
}

/** A scalar has one series without labels. */
export interface Answer {
  readonly resultType: string;
  readonly series: readonly Series[];
}

interface Envelope {
  readonly status: string;
  readonly data: { readonly resultType: string; readonly result: readonly Series[] | Point };
}

/** @returns whatever the server answers */
export function postQuery(target: ApiTarget, query: string, time: QueryTime): Promise<Response> {
  const isInstant = 'atS' in time;
  const parameters = isInstant
    ? { query, time: String(time.atS) }
    : { query, start: String(time.startS), end: String(time.endS), step: String(time.stepS) };
  return fetch(`${target.baseUrl}/api/v1/${isInstant ? 'query' : 'query_range'}`, {
    method: 'POST',
    headers: { ...target.headers, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters),
  });
}

/** @throws Error with the server's answer unless it is a success */
export async function ask(target: ApiTarget, query: string, time: QueryTime): Promise<Answer> {
  const response = await postQuery(target, query, time);
  const text = await response.text();
  if (response.status !== 200) {
    throw new Error(`${target.name} answered ${response.status} to ${query}: ${text.slice(0, 500)}`);
  }
  const { data } = JSON.parse(text) as Envelope;
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    return { resultType: data.resultType, series: [{ metric: {}, value: data.result as Point }] };
  }
  return { resultType: data.resultType, series: data.result as readonly Series[] };
}
