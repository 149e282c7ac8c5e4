/** The API over a source in memory that counts what is open, and clients of both response types. */
import { ManualClock } from '@promontory/base';
import { type HistogramSample, Labels, SampleColumns } from '@promontory/model';
import { MemorySeriesSource, type SelectRequest, type SeriesSet } from '@promontory/promql';
import {
  ChunkFrameReader,
  type ChunkedReadResponse,
  compress,
  decodeChunk,
  decodeChunkedReadResponse,
  encodeReadRequest,
  type ReadQuery,
  type ReadRequest,
} from '@promontory/wire';
import type { ApiOptions } from '../api.ts';
import type { ApiRequest } from '../api-request.ts';
import type { ApiResponse } from '../api-response.ts';
import { createDataApi } from '../data-api.ts';
import { LIMITS, MemoryDataSource, NOW_MS } from '../api-test-harness.ts';
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
