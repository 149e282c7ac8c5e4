/** The API over a source in memory that counts what is open, and clients of both response types. */
import { ManualClock, SeededRandom } from '@promontory/base';
import {
  bucketsOf,
  emptyBuckets,
  type HistogramSample,
  Labels,
  type NativeHistogram,
  SampleColumns,
} from '@promontory/model';
import { MemorySeriesSource, type SelectRequest, type SeriesSet, STALE } from '@promontory/promql';
import {
  ChunkFrameReader,
  type ChunkedReadResponse,
  compress,
  decodeChunk,
  decodeChunkedReadResponse,
  decodeReadResponse,
  encodeReadRequest,
  type ReadHints,
  type ReadQuery,
  type ReadRequest,
  uncompress,
} from '@promontory/wire';
import type { ApiOptions } from '../api.ts';
import type { ApiRequest } from '../api-request.ts';
import type { ApiResponse } from '../api-response.ts';
import { LIMITS, MemoryDataSource, NOW_MS } from '../api-test-harness.ts';
import { createDataApi } from '../data-api.ts';
import type { DataSource } from '../data-source.ts';
import type { ApiLimits } from '../endpoints/endpoint.ts';

export class CountingSource extends MemoryDataSource {
  readonly memory = new MemorySeriesSource();
  readonly asked: SelectRequest[] = [];
  open = 0;
  reads = 0;
  /** Which read fails, counted from 1; 0 for none. */
  failingRead = 0;
  failingSelect = 0;

  override async select(request: SelectRequest): Promise<SeriesSet> {
    this.asked.push(request);
    if (this.asked.length === this.failingSelect) throw new Error('secret');
    const set = await this.memory.select(request);
    this.open++;
    let isOpen = true;
    return {
      seriesCount: set.seriesCount,
      labels: (index) => set.labels(index),
      read: (index, target) => {
        if (++this.reads === this.failingRead) throw new Error('secret');
        set.read(index, target);
      },
      readHistograms: (index) => set.readHistograms(index),
      readStartTimestamps: (index, target) => set.readStartTimestamps(index, target),
      close: () => {
        if (isOpen) this.open--;
        isOpen = false;
      },
    };
  }
}

export interface AskOptions {
  readonly path?: string;
  readonly queryString?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly limits?: Partial<ApiLimits>;
  readonly isCancelled?: () => boolean;
  readonly onInternalError?: ApiOptions['onInternalError'];
  readonly clock?: ManualClock;
}

export const MATCH_UP: ReadQuery = {
  startMsInclusive: 0,
  endMsInclusive: 1_000_000,
  matchers: [{ operator: '=', name: '__name__', value: 'up' }],
  hints: null,
};

export function askBody(
  source: DataSource,
  body: Uint8Array,
  options: AskOptions = {},
): Promise<ApiResponse> {
  const never = (): never => {
    throw new Error('not used');
  };
  const services = {
    engine: { instantQuery: never, rangeQuery: never, parse: never, outline: never },
    source,
    clock: options.clock ?? new ManualClock(NOW_MS),
    limits: { ...LIMITS, ...options.limits },
  };
  const { onInternalError } = options;
  const api = createDataApi(services, { ...(onInternalError && { onInternalError }) });
  const request: ApiRequest = {
    method: 'POST',
    path: options.path ?? '/api/v1/read',
    queryString: options.queryString ?? '',
    headers: new Map(Object.entries({ 'content-encoding': 'snappy', ...options.headers })),
    body,
  };
  return api.handle(request, { isCancelled: options.isCancelled ?? (() => false) });
}

export function ask(
  source: DataSource,
  request: Partial<ReadRequest>,
  options: AskOptions = {},
): Promise<ApiResponse> {
  const whole = { queries: [MATCH_UP], acceptedResponseTypes: [], ...request };
  return askBody(source, compress(encodeReadRequest(whole)), options);
}

/** All of a body, the stream closed. */
export function wholeBody({ body, stream }: ApiResponse): Uint8Array {
  const pieces = [body];
  for (let piece = stream?.next(); piece; piece = stream?.next()) pieces.push(piece);
  stream?.close();
  return Buffer.concat(pieces);
}

export function framesOf(bytes: Uint8Array): ChunkedReadResponse[] {
  const reader = new ChunkFrameReader(1 << 28);
  reader.push(bytes);
  const frames: ChunkedReadResponse[] = [];
  for (let message = reader.next(); message !== null; message = reader.next()) {
    frames.push(decodeChunkedReadResponse(message));
  }
  reader.end();
  return frames;
}

export interface ReadSeries {
  readonly labels: string;
  readonly timestampMs: readonly number[];
  /** Bits of the values, low word first. */
  readonly words: readonly number[];
  readonly histograms: readonly HistogramSample[];
}

/** Series by query, each with all of its frames. */
export function seriesOfFrames(frames: readonly ChunkedReadResponse[], queries: number): ReadSeries[][] {
  return Array.from({ length: queries }, (_, query) => {
    const byLabels = new Map<string, { floats: SampleColumns; histograms: HistogramSample[] }>();
    for (const { queryIndex, series } of frames) {
      for (const { labels, chunks } of queryIndex === query ? series : []) {
        const key = Labels.fromEntries(labels.map(({ name, value }) => [name, value])).toString();
        const samples = byLabels.get(key) ?? { floats: new SampleColumns(), histograms: [] };
        byLabels.set(key, samples);
        for (const chunk of chunks) decodeChunk(chunk, samples);
      }
    }
    return Array.from(byLabels, ([labels, { floats, histograms }]) => ({
      labels,
      timestampMs: [...floats.timestampMs.subarray(0, floats.count)],
      words: [...floats.valueWords.subarray(0, 2 * floats.count)],
      histograms,
    }));
  });
}

export const CHUNKS = { acceptedResponseTypes: ['streamed-xor-chunks'] } as const;
export const HINTS: ReadHints = {
  stepMs: 0,
  functionName: '',
  startMs: 0,
  endMs: 0,
  grouping: [],
  by: false,
  rangeMs: 0,
};
export const HISTOGRAM: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'reset',
  schema: 3,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 6,
  sum: 2.5,
  isStale: false,
  positive: bucketsOf([-2, 5], [2, 3]),
  negative: emptyBuckets(),
  customValues: new Float64Array(0),
};

export function up(job: string): Labels {
  return Labels.fromObject({ __name__: 'up', job });
}

/** Three series, added in no order; one with a marker, one with a histogram. */
export function smallSource(): CountingSource {
  const source = new CountingSource();
  source.memory.add(up('c'), 1000, 3);
  source.memory.add(up('a'), 1000, 1);
  source.memory.add(up('a'), 2000, STALE);
  source.memory.add(up('b'), 1500, HISTOGRAM);
  source.memory.add(Labels.fromObject({ __name__: 'down' }), 1000, 0);
  return source;
}

/** So many series of random gauges that one piece does not hold them. */
export function largeSource(seriesCount: number, samplesCount: number): CountingSource {
  const source = new CountingSource();
  const random = new SeededRandom(3);
  for (let series = 0; series < seriesCount; series++) {
    const labels = up(String(series).padStart(3, '0'));
    for (let at = 0; at < samplesCount; at++) source.memory.add(labels, at * 100, random.nextFloat());
  }
  return source;
}

export function textOf(response: ApiResponse): string {
  return new TextDecoder().decode(response.body);
}

export function samplesOf(response: ApiResponse): ReturnType<typeof decodeReadResponse> {
  return decodeReadResponse(uncompress(wholeBody(response), 1 << 28));
}

export const wordsOf = (value: number): number[] => [...new Int32Array(Float64Array.of(value).buffer)];
