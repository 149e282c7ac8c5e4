/** A subject that holds the query data and is asked over one connection until the case is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@promontory/base';
import { mustHaveStored } from '../cases/stored-samples.ts';
import { sendWrites } from '../load/http-load.ts';
import type { RunningSubject, Subject } from '../subjects/subject.ts';
import { QueryConnection } from './query-connection.ts';
import type { QueryLoad } from './query-load.ts';
import type { StoredExpectation } from './stored-query-data.ts';

const IDLE_POLL_MS = 1000;
/** Of a poll's time: a server that uses less has nothing left to do. */
const IDLE_CPU_MS = 30;
/** Under a profiler it never comes to rest. */
const SETTLE_TIMEOUT_MS = 30_000;

export class QueryServer {
  readonly subject: Subject;
  readonly running: RunningSubject;
  readonly connection: QueryConnection;

  static async start(subject: Subject): Promise<QueryServer> {
    return new QueryServer(subject, await subject.start());
  }

  private constructor(subject: Subject, running: RunningSubject) {
    this.subject = subject;
    this.running = running;
    this.connection = new QueryConnection(running);
  }

  /** @returns the hash of what is stored @throws PromontoryError ERR_BENCH_LOAD, ERR_BENCH_RESULT */
  async fill(load: QueryLoad, expectations: readonly StoredExpectation[]): Promise<string> {
    await sendWrites(this.running, [load.bodies]);
    await this.subject.flush(this.running);
    const hashes: string[] = [];
    for (const { question, expected } of expectations) {
      hashes.push(await mustHaveStored(this.subject, this.running, question, expected));
    }
    return hashes.join(' ');
  }

  /**
   * Waits until blocks are written and merged, by the time that the process uses; not longer than half a minute.
   *
   * @returns how long it took in milliseconds
   */
  async settle(): Promise<number> {
    const startMs = systemClock.monotonicMs();
    const deadlineMs = startMs + SETTLE_TIMEOUT_MS;
    let usedMs = Infinity;
    while (usedMs > IDLE_CPU_MS && systemClock.monotonicMs() < deadlineMs) {
      const beforeMs = this.running.cpuMs();
      await sleep(IDLE_POLL_MS);
      usedMs = this.running.cpuMs() - beforeMs;
    }
    return systemClock.monotonicMs() - startMs;
  }

  async stop(): Promise<void> {
    this.connection.close();
    await this.running.stop();
  }
}
