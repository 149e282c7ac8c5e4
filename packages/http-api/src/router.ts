/** Finds the endpoint of a request, or says why there is none. */
import type { ApiRequest } from './api-request.ts';
import { emptyResponse, type ApiResponse } from './api-response.ts';
import type { Endpoint } from './endpoints/endpoint.ts';
import { apiError } from './error-response.ts';

export type Route<Services> =
  | { readonly endpoint: Endpoint<Services>; readonly pathSegment: string }
  /** What to answer when nothing is to be run. */
  | { readonly response: ApiResponse };

export class Router<Services> {
  readonly #exact = new Map<string, Endpoint<Services>>();
  readonly #patterns: {
    readonly prefix: string;
    readonly suffix: string;
    readonly endpoint: Endpoint<Services>;
  }[] = [];

  constructor(endpoints: readonly Endpoint<Services>[]) {
    for (const endpoint of endpoints) {
      const [prefix = '', suffix] = endpoint.path.split(':name');
      if (suffix === undefined) this.#exact.set(endpoint.path, endpoint);
      else this.#patterns.push({ prefix, suffix, endpoint });
    }
  }

  knows(path: string): boolean {
    return this.#find(path) !== null;
  }

  /** @returns the methods that are answered there, as in `Allow`; '' when nothing is there */
  allowed(path: string): string {
    const found = this.#find(path);
    return found === null ? '' : allowedMethods(found.endpoint).join(', ');
  }

  route(request: ApiRequest): Route<Services> {
    const { method, path } = request;
    const found = this.#find(path);
    if (found === null) return { response: apiError(404, 'not_found', `no such endpoint: ${path}`) };
    const methods = allowedMethods(found.endpoint);
    const allowed = methods.join(', ');
    if (method === 'OPTIONS') return { response: emptyResponse(204, [['Allow', allowed]]) };
    if (methods.includes(method)) return found;
    const message = `method ${method} is not allowed for ${path}; allowed: ${allowed}`;
    return { response: apiError(405, 'bad_data', message, [['Allow', allowed]]) };
  }

  #find(path: string): { endpoint: Endpoint<Services>; pathSegment: string } | null {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return { endpoint: exact, pathSegment: '' };
    for (const { prefix, suffix, endpoint } of this.#patterns) {
      if (!path.startsWith(prefix) || !path.endsWith(suffix)) continue;
      const pathSegment = path.slice(prefix.length, path.length - suffix.length);
      const isSegment = pathSegment.length > 0 && !pathSegment.includes('/');
      if (isSegment && path.length > prefix.length + suffix.length) return { endpoint, pathSegment };
    }
    return null;
  }
}

function allowedMethods<Services>({ methods }: Endpoint<Services>): string[] {
  const all: string[] = [...methods, 'OPTIONS'];
  if (all.includes('GET')) all.push('HEAD');
  return all.sort();
}
