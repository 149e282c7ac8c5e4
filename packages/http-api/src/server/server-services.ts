/** What the endpoints over the process work with. */
import type { ApiCall, Endpoint } from '../endpoints/endpoint.ts';
import type { QueryLedger } from './query-ledger.ts';

/** What the server is, for those who ask; free text except for the version, which is a semantic version. */
export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly branch: string;
  readonly buildUser: string;
  readonly buildDate: string;
  /** What runs the server, for example `node v22.0.0`; stands where Prometheus says its Go version. */
  readonly runtime: string;
}

export interface ServerServices {
  readonly build: BuildInfo;
  readonly queries: QueryLedger;
}

/** Answers from what the process itself knows: there is one of it. */
export type ServerEndpoint = Endpoint<ServerServices>;
export type ServerCall = ApiCall<ServerServices>;
