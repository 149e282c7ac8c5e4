/**
 * What the server knows about itself and does to itself: answers about it, notifications, administrative requests to the
 * storage, and the wish of a client that it stop.
 */
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '@promontory/base';
import {
  type BuildInfo,
  OpenApiTexts,
  type QueryLedger,
  type RuntimeState,
  type ServerServices,
  type Setting,
  versionResponse,
} from '@promontory/http-api';
import { stringify } from 'yaml';
import { AdminClient, type AdminClientOptions } from '../admin/admin-client.ts';
import type { ServerConfig } from '../config/flags.ts';
import type { OwnRouteOptions } from '../http/own-route.ts';
import type { Logger } from '../logger.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import { ConditionWatch } from '../notifications/condition-watch.ts';
import { SHUTTING_DOWN } from '../notifications/notification-texts.ts';
import type { Notifications } from '../notifications/notifications.ts';
import type { StorageFigures } from '../pipeline/storage-figures.ts';

/** The HTTP thread and the storage thread. */
const SINGLE_THREADS = 2;
const SNAPSHOTS_FOLDER = 'snapshots';

/** What the server is and how it was started. */
export interface AboutServer {
  readonly build: BuildInfo;
  /** Without secrets. */
  readonly settings: readonly Setting[];
}

export interface ServerSelfOptions {
  readonly config: ServerConfig;
  readonly about: AboutServer;
  readonly figures: StorageFigures;
  readonly notifications: Notifications;
  /** To the storage thread's desk. */
  readonly adminPort: MessagePort;
  readonly wakeStorage: () => void;
  readonly logger: Logger;
}

export class ServerSelf {
  /** Resolves when a client asks the server to stop. */
  readonly quitAsked: Promise<void>;
  readonly #options: ServerSelfOptions;
  readonly #startedMs = systemClock.nowMs();
  readonly #admin: AdminClient;
  readonly #watch: ConditionWatch;
  readonly #askToQuit: () => void;

  constructor(options: ServerSelfOptions) {
    const { config, figures, notifications } = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#options = options;
    this.quitAsked = promise;
    this.#askToQuit = resolve;
    this.#admin = new AdminClient({
      port: options.adminPort,
      wake: options.wakeStorage,
      snapshotsDirectory: join(config.dataDirectory, SNAPSHOTS_FOLDER),
      clock: systemClock,
      onAnswered: logAdministration(options.logger),
    });
    this.#watch = new ConditionWatch({
      notifications,
      isMaintenanceFailing: () => figures.read().isMaintenanceFailing,
      dataDirectory: config.dataDirectory,
      diskReserveBytes: config.diskReserveBytes,
    });
    void this.#watch.look();
  }

  /** What the endpoints about the server work with. */
  services(metrics: ServerMetrics, queries: QueryLedger): ServerServices {
    const { config, about, notifications } = this.#options;
    return {
      ...about,
      queries,
      features: {
        adminApi: config.adminApi,
        lifecycleApi: config.lifecycleApi,
        otlpReceiver: true,
        experimentalPromql: config.queryExperimental,
        exemplarStorage: config.exemplarsMax > 0,
      },
      runtime: () => this.#runtime(),
      metrics: () => metrics.families(),
      notifications,
      admin: config.adminApi ? this.#admin : null,
      openApi: new OpenApiTexts(about.build.version, toYaml),
      toYaml,
    };
  }

  get notifications(): Notifications {
    return this.#options.notifications;
  }

  get version(): string {
    return this.#options.about.build.version;
  }

  /** For the paths outside of /api/. */
  get own(): Pick<OwnRouteOptions, 'version' | 'quit'> {
    const { config, about } = this.#options;
    return {
      version: () => versionResponse(about.build),
      quit: config.lifecycleApi ? this.#askToQuit : null,
    };
  }

  /** Tells those who follow the notifications that the server stops, and lets them go. */
  announceStop(): void {
    this.#watch.close();
    this.#options.notifications.add(SHUTTING_DOWN);
    this.#options.notifications.close();
  }

  /** Gives every administrative request its answer; the storage thread has ended, or is given up. */
  close(): void {
    this.#watch.close();
    this.#admin.close();
  }

  #runtime(): RuntimeState {
    const { config, figures } = this.#options;
    const { series, damages } = figures.read();
    return {
      startedMs: this.#startedMs,
      nowMs: systemClock.nowMs(),
      workingDirectory: process.cwd(),
      hostname: hostname(),
      seriesCount: series,
      damageCount: damages,
      threadCount: SINGLE_THREADS + config.decodeThreads + config.queryThreads,
      coreCount: availableParallelism(),
      heapBytesMax: getHeapStatistics().heap_size_limit,
      retention: this.#retention(),
    };
  }

  #retention(): string {
    const { config, about } = this.#options;
    const textOf = (name: string): string => about.settings.find((each) => each.name === name)?.text ?? '';
    const time = textOf('retention');
    return config.retentionBytesMax === 0 ? time : `${time} or ${textOf('retention-bytes-max')}`;
  }
}

function toYaml(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Who deletes leaves a trace. */
function logAdministration(logger: Logger): AdminClientOptions['onAnswered'] {
  return (request, outcome) => {
    if (outcome !== null && 'code' in outcome)
      logger.warn({ request, failure: outcome }, 'administrative request failed');
    else logger.info({ request, counts: outcome }, 'administrative request done');
  };
}
