/** A query and everything that a server answers to it, errors and annotations included. */
import { type ApiTarget, postQuery, type QueryTime } from '../prometheus-api.ts';

export interface Question {
  readonly query: string;
  readonly time: QueryTime;
}

/** As in the API's JSON. */
export interface BucketHistogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly (readonly [bounds: number, lower: string, upper: string, count: string])[];
}

export type FloatPoint = readonly [timestampS: number, value: string];
export type HistogramPoint = readonly [timestampS: number, histogram: BucketHistogram];

export interface ResponseSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: FloatPoint;
  readonly histogram?: HistogramPoint;
  readonly values?: readonly FloatPoint[];
  readonly histograms?: readonly HistogramPoint[];
}

export interface QueryResponse {
  readonly httpStatus: number;
  readonly status: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
  readonly data?: { readonly resultType: string; readonly result: readonly ResponseSeries[] | FloatPoint };
}

export async function askQuestion(target: ApiTarget, { query, time }: Question): Promise<QueryResponse> {
  const response = await postQuery(target, query, time);
  const text = await response.text();
  return { ...(JSON.parse(text) as Omit<QueryResponse, 'httpStatus'>), httpStatus: response.status };
}
