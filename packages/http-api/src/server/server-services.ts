/** What the endpoints over the process work with. */
import type { ApiCall, Endpoint } from '../endpoints/endpoint.ts';
import type { OpenApiTexts } from '../openapi/openapi-texts.ts';
import type { StorageAdmin } from './admin/storage-admin.ts';
import type { MetricFamily } from './metric-family.ts';
import type { NotificationBoard } from './notification-board.ts';
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

/** A setting as people write it. */
export interface Setting {
  /** Without dashes in front. */
  readonly name: string;
  /** As it was given, or the default; '' when it has no value; never a secret. */
  readonly text: string;
  /** Whether it may stand in the configuration file. */
  readonly isInFile: boolean;
}

/** How the process does; read anew for each request. */
export interface RuntimeState {
  readonly startedMs: number;
  readonly nowMs: number;
  readonly workingDirectory: string;
  readonly hostname: string;
  readonly seriesCount: number;
  /** Places of storage found damaged and left out. */
  readonly damageCount: number;
  readonly threadCount: number;
  readonly coreCount: number;
  /** Of the thread that answers. */
  readonly heapBytesMax: number;
  /** How long, and up to what size, samples are kept, for example `15d or 100GiB`. */
  readonly retention: string;
}

/** What can be switched, and how it is. */
export interface FeatureSwitches {
  readonly adminApi: boolean;
  readonly lifecycleApi: boolean;
  readonly otlpReceiver: boolean;
  /** The experimental parts of PromQL. */
  readonly experimentalPromql: boolean;
  /** Whether exemplars are stored. */
  readonly exemplarStorage: boolean;
}

export interface ServerServices {
  readonly build: BuildInfo;
  readonly queries: QueryLedger;
  /** All of them, in the order of the documentation. */
  readonly settings: readonly Setting[];
  readonly features: FeatureSwitches;
  readonly runtime: () => RuntimeState;
  /** The server's own metrics. */
  readonly metrics: () => Promise<readonly MetricFamily[]>;
  readonly notifications: NotificationBoard;
  /** Null while it is switched off. */
  readonly admin: StorageAdmin | null;
  readonly openApi: OpenApiTexts;
  /** YAML of what JSON can say. */
  readonly toYaml: (value: object) => string;
}

/** Answers from what the process itself knows: there is one of it. */
export type ServerEndpoint = Endpoint<ServerServices>;
export type ServerCall = ApiCall<ServerServices>;
