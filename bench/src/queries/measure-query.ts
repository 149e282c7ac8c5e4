/**
 * Times one query on servers that run side by side.
 *
 * They take turns, a few requests or a tenth of a second each, several times over: whatever the machine does in
 * between, it does to all of them, and no server's garbage collection falls into the turn of the same other server
 * each time.
 */
import { median } from '../statistics.ts';
import type { RunningSubject, Subject } from '../subjects/subject.ts';
import type { QueryConnection, QueryRequest } from './query-connection.ts';

/** Asks once. @returns the latency in milliseconds */
export type Ask = () => Promise<number>;

export interface MeasureBudget {
  /** How often each server takes its turn, with at least one request. */
  readonly turns: number;
  /** A turn ends with the request that reaches either. */
  readonly turnMs: number;
  readonly turnRequestsMax: number;
  /** Before the first turn, not measured, ends like a turn: compilers at run time need some calls to see what is hot. */
  readonly warmUpMs: number;
  readonly warmUpRequestsMax: number;
}

export const FULL_BUDGET: MeasureBudget = {
  turns: 5,
  turnMs: 100,
  turnRequestsMax: 20,
  warmUpMs: 600,
  warmUpRequestsMax: 2000,
};
export const SMOKE_BUDGET: MeasureBudget = {
  turns: 1,
  turnMs: 0,
  turnRequestsMax: 1,
  warmUpMs: 0,
  warmUpRequestsMax: 0,
};

/** One server and the request that it is asked. */
export interface Lane {
  readonly subject: Subject;
  readonly server: RunningSubject;
  readonly connection: QueryConnection;
  readonly request: QueryRequest;
}

/** Of one query on one server in one round. */
export interface QueryFigures {
  readonly latencyMs: number;
  /** User and system time of the server process a request. */
  readonly cpuMs: number;
  readonly residentPeakBytes: number;
  readonly requests: number;
}

/** @returns one entry a lane, in their order */
export async function measureQuery(lanes: readonly Lane[], budget: MeasureBudget): Promise<QueryFigures[]> {
  const measured = lanes.map((lane) => ({ lane, latenciesMs: [] as number[], cpuMs: 0 }));
  for (const { server, connection, request } of lanes) {
    server.forgetResidentPeak();
    await askFor(() => connection.latencyMs(request), budget.warmUpMs, budget.warmUpRequestsMax);
  }
  for (let turn = 0; turn < budget.turns; turn++) {
    for (const entry of measured) {
      const { server, connection, request } = entry.lane;
      const cpuStartMs = server.cpuMs();
      const turnMs = await askFor(() => connection.latencyMs(request), budget.turnMs, budget.turnRequestsMax);
      entry.latenciesMs.push(...turnMs);
      entry.cpuMs += server.cpuMs() - cpuStartMs;
    }
  }
  return measured.map(({ lane, latenciesMs, cpuMs }) => ({
    latencyMs: median(latenciesMs),
    cpuMs: cpuMs / latenciesMs.length,
    residentPeakBytes: lane.server.memory().residentPeakBytes,
    requests: latenciesMs.length,
  }));
}

/** Asks until the latencies reach a time or a number, once at least unless the number is 0. @returns the latencies */
export async function askFor(ask: Ask, timeMs: number, requestsMax: number): Promise<number[]> {
  const latenciesMs: number[] = [];
  let spentMs = 0;
  while (latenciesMs.length < requestsMax && (latenciesMs.length === 0 || spentMs < timeMs)) {
    const latencyMs = await ask();
    latenciesMs.push(latencyMs);
    spentMs += latencyMs;
  }
  return latenciesMs;
}
