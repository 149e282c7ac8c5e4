/** The frame around a set of endpoints: any request gets an answer. */
import type { QueryCost } from '@promontory/promql';
import type { ApiRequest, CancelSignal } from './api-request.ts';
import type { ApiResponse } from './api-response.ts';
import type { Endpoint } from './endpoints/endpoint.ts';
import { type ErrorFormat, formattedErrorResponse } from './error-response.ts';
import { Router } from './router.ts';
import { errorStatus } from './status.ts';

export interface ApiOptions {
  /** In [0, 1), drawn anew for each Retry-After; without it they are all the same. */
  readonly retryJitter?: () => number;
  /** Told of every error that becomes a 500, with what the client is not told. */
  readonly onInternalError?: (error: unknown, request: ApiRequest) => void;
}

export interface Api {
  /** Whether it has an endpoint there, whatever the method. */
  knows(path: string): boolean;
  /** The methods that are answered there, as in `Allow`; '' when it has no endpoint there. */
  allowed(path: string): string;
  /**
   * Answers any request: never rejects. Re-entrant; requests share nothing but the services.
   *
   * @param signal polled while a query runs
   */
  handle(request: ApiRequest, signal: CancelSignal): Promise<ApiResponse>;
}

export class EndpointsApi<Services> implements Api {
  readonly #router: Router<Services>;
  readonly #services: Services;
  readonly #options: ApiOptions;

  constructor(endpoints: readonly Endpoint<Services>[], services: Services, options: ApiOptions) {
    this.#router = new Router(endpoints);
    this.#services = services;
    this.#options = options;
  }

  knows(path: string): boolean {
    return this.#router.knows(path);
  }

  allowed(path: string): string {
    return this.#router.allowed(path);
  }

  async handle(request: ApiRequest, signal: CancelSignal): Promise<ApiResponse> {
    let errorFormat: ErrorFormat = 'json';
    let cost: QueryCost | null = null;
    try {
      const route = this.#router.route(request);
      if ('response' in route) return route.response;
      const { endpoint, pathSegment } = route;
      errorFormat = endpoint.errorFormat ?? 'json';
      const response = await endpoint.handle({
        request,
        services: this.#services,
        pathSegment,
        isCancelled: () => signal.isCancelled(),
        tellCost: (told) => {
          cost = told;
        },
      });
      return withCost(response, cost);
    } catch (error) {
      if (errorStatus(error).status === 500) this.#options.onInternalError?.(error, request);
      const retryJitter = this.#options.retryJitter?.() ?? 0;
      return withCost(formattedErrorResponse(error, retryJitter, errorFormat, request.headers), cost);
    }
  }
}

function withCost(response: ApiResponse, cost: QueryCost | null): ApiResponse {
  return cost === null ? response : { ...response, cost };
}
