/**
 * PromQL over HTTP: the latency, CPU time and memory of each query of a table.
 *
 * All subjects get the same samples, settle, and stay side by side while each query is asked of one after the other.
 * Before anything is timed, every query's answers are compared; a query whose answers differ is not timed and fails
 * the run. In smoke size there are few series and a handful of queries, once each.
 */
import { checkQuery } from '../queries/check-query.ts';
import { dashboardQueries } from '../queries/dashboard-queries.ts';
import { engineQueries } from '../queries/engine-queries.ts';
import {
  FULL_BUDGET,
  type Lane,
  measureQuery,
  type QueryFigures,
  SMOKE_BUDGET,
} from '../queries/measure-query.ts';
import type { QueryCase } from '../queries/query-case.ts';
import { queryRequest } from '../queries/query-connection.ts';
import {
  FULL_SIZE,
  makeQueryData,
  type QueryData,
  type QueryDataSize,
  SMOKE_SIZE,
} from '../queries/query-data.ts';
import { makeQueryLoad } from '../queries/query-load.ts';
import { type QueryReport, type SubjectName, summaryRatios } from '../queries/query-report.ts';
import { QueryServer } from '../queries/query-server.ts';
import { expectQueryData } from '../queries/stored-query-data.ts';
import type { Case, CaseContext, CaseReport, SubjectReport } from './case.ts';
import { checkTimeLeft, rowOf } from './turns.ts';

/** Of all rows: a handful, from every part of the table. */
const SMOKE_EVERY = 11;

export const query: Case = {
  name: 'query',
  title: 'Queries over HTTP',
  run: async (context) => {
    const size = context.isSmoke ? SMOKE_SIZE : FULL_SIZE;
    const cases = chooseQueries(context, size);
    const data = makeQueryData(size, context.nowMs);
    const servers: QueryServer[] = [];
    try {
      for (const subject of context.subjects) servers.push(await QueryServer.start(subject));
      const { rows, samples } = await fillAll(context, servers, data);
      const queries = await measureAll(context, servers, data, cases);
      const series = data.groups.reduce((count, { labels }) => count + labels.length, 0);
      return reportOf(queries, rows, { queries: queries.length, rounds: context.rounds, series, samples });
    } finally {
      for (const server of servers) await server.stop();
    }
  },
};

function chooseQueries({ isSmoke, queryPattern }: CaseContext, size: QueryDataSize): QueryCase[] {
  const all = [...dashboardQueries(size), ...engineQueries(size)];
  if (queryPattern !== undefined) return all.filter(({ name }) => queryPattern.test(name));
  return isSmoke ? all.filter((_, index) => index % SMOKE_EVERY === 0) : all;
}

async function fillAll(
  context: CaseContext,
  servers: readonly QueryServer[],
  data: QueryData,
): Promise<{ rows: SubjectReport[]; samples: number }> {
  const load = makeQueryLoad(data.groups);
  const expectations = expectQueryData(data);
  const rows: SubjectReport[] = [];
  for (const server of servers) {
    checkTimeLeft(context);
    context.log(`${server.subject.name}: loading ${load.sampleCount} samples`);
    const resultHash = await server.fill(load, expectations);
    rows.push(rowOf(server.subject, [{ values: {}, resultHash }]));
  }
  for (const server of context.isSmoke ? [] : servers) {
    const settleMs = await server.settle();
    context.log(`${server.subject.name}: at rest after ${Math.round(settleMs)} ms`);
  }
  return { rows, samples: load.sampleCount };
}

async function measureAll(
  context: CaseContext,
  servers: readonly QueryServer[],
  data: QueryData,
  cases: readonly QueryCase[],
): Promise<QueryReport[]> {
  const rows = cases.map((each) => new QueryRow(each, lanesOf(each, servers, data)));
  context.log(`comparing the answers to ${rows.length} queries`);
  for (const row of rows) {
    checkTimeLeft(context);
    await row.check();
    if (row.failure !== null) context.log(`${row.query.name}: ${row.failure}`);
  }
  for (let round = 1; round <= context.rounds; round++) {
    for (const row of rows) {
      if (row.failure !== null) continue;
      checkTimeLeft(context);
      context.log(`round ${round} ${row.query.name}: ${await row.measure(context.isSmoke)}`);
    }
  }
  return rows.map((row) => row.report());
}

/** The servers that know the query, each with what it is asked. */
function lanesOf(each: QueryCase, servers: readonly QueryServer[], data: QueryData): Lane[] {
  const endMs = each.group === 'dashboard' ? data.dashboardEndMs : data.engineEndMs;
  const asked = servers.filter(
    ({ subject }) => subject.name !== 'victoriaMetrics' || each.victoriaMetrics.kind !== 'absent',
  );
  return asked.map(({ subject, running, connection }) => ({
    subject,
    server: running,
    connection,
    request: queryRequest(each, endMs, subject.uncachedParameters),
  }));
}

/** One query on its way through the run. */
class QueryRow {
  readonly query: QueryCase;
  readonly #lanes: readonly Lane[];
  readonly #figures: Partial<Record<SubjectName, QueryFigures[]>> = {};
  #answerBytes = 0;
  #failure: string | null = null;

  constructor(each: QueryCase, lanes: readonly Lane[]) {
    this.query = each;
    this.#lanes = lanes;
  }

  get failure(): string | null {
    return this.#failure;
  }

  async check(): Promise<void> {
    const { answerBytes, failure } = await checkQuery(this.query, this.#lanes);
    this.#answerBytes = answerBytes;
    this.#failure = failure;
  }

  /** @returns what one round said, for people */
  async measure(isSmoke: boolean): Promise<string> {
    const measured = await measureQuery(this.#lanes, isSmoke ? SMOKE_BUDGET : FULL_BUDGET);
    const texts = this.#lanes.map(({ subject }, index) => {
      const figures = measured[index]!;
      (this.#figures[subject.name] ??= []).push(figures);
      return `${subject.name} ${figures.latencyMs.toFixed(2)} ms (${figures.requests} requests)`;
    });
    return texts.join(', ');
  }

  report(): QueryReport {
    return { ...this.query, figures: this.#figures, answerBytes: this.#answerBytes, failure: this.#failure };
  }
}

function reportOf(
  queries: readonly QueryReport[],
  rows: readonly SubjectReport[],
  parameters: CaseReport['parameters'],
): CaseReport {
  return {
    name: query.name,
    title: query.title,
    parameters,
    metrics: [],
    rows,
    queries,
    ratios: summaryRatios(queries),
    failures: failuresOf(queries),
  };
}

function failuresOf(queries: readonly QueryReport[]): string[] {
  const failed = queries.filter(({ failure }) => failure !== null);
  const first = failed[0];
  if (first === undefined) return [];
  return [
    `query: ${failed.length} of ${queries.length} queries were not timed, first ${first.name}: ${first.failure}`,
  ];
}
