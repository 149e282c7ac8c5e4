/** Takes the parts of a running server apart, in order. */
import type { AccessKeyStore } from '@promontory/access';
import { systemClock } from '@promontory/base';
import type { DirectoryLock } from '@promontory/tsdb/threads';
import type { ServerConfig } from './config/flags.ts';
import type { HttpServer } from './http/http-server.ts';
import type { Routes } from './http/routes.ts';
import type { Logger } from './logger.ts';
import type { WritePipeline } from './pipeline/write-pipeline.ts';
import type { StagePools } from './pools/stage-pools.ts';
import type { QueryRunner } from './query/query-runner.ts';
import type { ServerSelf } from './self/server-self.ts';

/** Beyond the shutdown timeout; what is not in time is replayed from the log at the next start. */
const STAGES_END_MS_MAX = 500;
const DRAIN_POLL_MS = 10;

export interface WriteStages {
  readonly pipeline: Pick<WritePipeline, 'stop' | 'finish'>;
  readonly stages: Pick<StagePools, 'ended' | 'destroy'>;
}

/** What of a running server has a part in its end. */
export interface RunningParts {
  readonly config: Pick<ServerConfig, 'shutdownTimeoutMs'>;
  readonly http: Pick<HttpServer, 'stopAccepting' | 'exchangesOpen' | 'close'>;
  readonly routes: Pick<Routes, 'stop'>;
  readonly self: Pick<ServerSelf, 'announceStop' | 'close'>;
  readonly writing: WriteStages;
  readonly queries: Pick<QueryRunner, 'close'>;
  readonly keys: Pick<AccessKeyStore, 'close'>;
  readonly lock: Pick<DirectoryLock, 'release'>;
  /** The end of the pipeline's watch. */
  readonly watching: Promise<void>;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Stops accepting, answers what is under way, flushes and closes. What fails keeps nothing else from its end.
 *
 * @throws what failed first
 */
export async function stopServer(parts: RunningParts): Promise<void> {
  const { config, http, routes, self, writing, queries, keys, lock, logger } = parts;
  http.stopAccepting();
  routes.stop();
  self.announceStop();
  const deadlineMs = systemClock.monotonicMs() + config.shutdownTimeoutMs;
  while (http.exchangesOpen > 0 && systemClock.monotonicMs() < deadlineMs) await sleep(DRAIN_POLL_MS);
  if (http.exchangesOpen > 0) logger.warn({ requests: http.exchangesOpen }, 'cutting off requests under way');
  const queriesClosed = queries.close();
  // It is waited for further down, and may have failed before.
  queriesClosed.catch(() => undefined);
  await takeAll([
    () => flushWrites(writing, deadlineMs - systemClock.monotonicMs() + STAGES_END_MS_MAX, logger),
    () => writing.pipeline.finish(),
    () => parts.watching,
    () => self.close(),
    // The answers that these gave leave with the next turn.
    () => sleep(0),
    () => http.close(),
    () => queriesClosed,
    () => writing.stages.destroy(),
    () => keys.close(),
    () => lock.release(),
  ]);
}

/** Ends a write path that nothing was written to. */
export function endUnused(writing: WriteStages): Promise<void> {
  return takeAll([() => endStages(writing, STAGES_END_MS_MAX), () => writing.stages.destroy()]);
}

async function flushWrites(
  writing: WriteStages,
  durationMsMax: number,
  logger: RunningParts['logger'],
): Promise<void> {
  const ended = await endStages(writing, durationMsMax);
  if (!ended) logger.warn('the storage stage did not end in time; its log is replayed at the next start');
}

/** @returns whether they ended in time @throws what a stage ended with */
function endStages({ pipeline, stages }: WriteStages, durationMsMax: number): Promise<boolean> {
  pipeline.stop();
  return Promise.race([stages.ended.then(() => true), sleep(durationMsMax).then(() => false)]);
}

/** Takes every step, whatever becomes of those before it. @throws what failed first */
async function takeAll(steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
