/** The HTTP API over a reader of the database: one a thread that answers queries. */
import type { Clock } from '@promontory/base';
import {
  type Api,
  type ApiLimits,
  type ApiRequest,
  type ApiResponse,
  compressResponse,
  createDataApi,
} from '@promontory/http-api';
import { Labels } from '@promontory/model';
import { QueryEngine } from '@promontory/promql';
import type { Damage } from '@promontory/tsdb';
import { type GenerationsMemory, TsdbReader, type TsdbReaderOptions } from '@promontory/tsdb/threads';
import { errorDetail } from '../error-detail.ts';
import { TsdbDataSource } from './tsdb-data-source.ts';

const PARSED_QUERIES_MAX = 1000;

/** The same for all threads. */
export interface QueryData {
  readonly directory: string;
  readonly generations: GenerationsMemory;
  readonly limits: ApiLimits;
  /** Whether queries may use what is experimental in PromQL. */
  readonly experimental: boolean;
  /** Of federated series that lack them. */
  readonly externalLabels: Readonly<Record<string, string>>;
}

export interface QueryServiceOptions {
  readonly data: QueryData;
  readonly clock: Clock;
  readonly reader: Pick<
    TsdbReaderOptions,
    'ownerId' | 'decodedBytesMax' | 'labelCacheEntriesMax' | 'mayScan'
  >;
  /** As of the parser's options. */
  readonly regexWeightMax?: number;
  /** As of DataServices. */
  readonly allocateBody?: (byteCount: number) => Uint8Array;
}

export interface ServiceAnswer {
  readonly response: ApiResponse;
  /** What the client is not told: the error behind a 500, or ''. */
  readonly internalError: string;
  /** What was found damaged and left out since the last answer, each place once. */
  readonly damages: readonly Damage[];
  /** From the request to the answer. */
  readonly durationMs: number;
}

export class QueryService {
  readonly #clock: Clock;
  readonly #reader: TsdbReader;
  readonly #api: Api;
  #internalError = '';
  #damages: Damage[] = [];

  constructor({ data, clock, reader, regexWeightMax, allocateBody }: QueryServiceOptions) {
    this.#clock = clock;
    this.#reader = new TsdbReader({
      ...reader,
      directory: data.directory,
      memory: data.generations,
      clock,
      onDamage: (damage) => this.#damages.push(damage),
    });
    this.#prepare();
    this.#api = createDataApi(
      {
        engine: new QueryEngine({
          parseCacheEntriesMax: PARSED_QUERIES_MAX,
          parse: { experimental: data.experimental, ...(regexWeightMax !== undefined && { regexWeightMax }) },
          clock,
        }),
        source: new TsdbDataSource(this.#reader),
        clock,
        limits: data.limits,
        externalLabels: Labels.fromObject(data.externalLabels),
        ...(allocateBody !== undefined && { allocateBody }),
      },
      {
        retryJitter: Math.random,
        onInternalError: (error) => {
          this.#internalError = errorDetail(error);
        },
      },
    );
  }

  /** Never rejects, and does not let go of the thread before it has the answer. One at a time. */
  async answer(request: ApiRequest, isCancelled: () => boolean): Promise<ServiceAnswer> {
    this.#internalError = '';
    const startMs = this.#clock.monotonicMs();
    const response = compressResponse(await this.#api.handle(request, { isCancelled }), request);
    const durationMs = this.#clock.monotonicMs() - startMs;
    const damages = this.#damages;
    this.#damages = [];
    return { response, internalError: this.#internalError, damages, durationMs };
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  /** So that the first query need not. What fails now fails that query, which is told why. */
  #prepare(): void {
    try {
      this.#reader.prepare();
    } catch {
      // Met again.
    }
  }
}
