/** What a run found out about each query, and what the rows say together. */
import { geometricMean, median } from '../statistics.ts';
import type { Subject } from '../subjects/subject.ts';
import { versus } from '../report/ratios.ts';
import type { QueryFigures } from './measure-query.ts';
import type { QueryCase, QueryGroup } from './query-case.ts';

export type SubjectName = Subject['name'];
export type PeerName = Exclude<SubjectName, 'promontory'>;

export const PEERS: readonly PeerName[] = ['prometheus', 'victoriaMetrics'];

export interface QueryReport extends QueryCase {
  /** Of each subject that was timed, one entry a round. */
  readonly figures: Readonly<Partial<Record<SubjectName, readonly QueryFigures[]>>>;
  /** Bytes of this server's answer, or of the first subject's without it. */
  readonly answerBytes: number;
  /** Why it was not timed: the answers differ, or there is none; null when it was. */
  readonly failure: string | null;
}

export type FigureName = 'latencyMs' | 'cpuMs' | 'residentPeakBytes';

/** @returns the median over the rounds, or undefined when the subject was not timed */
export function figureOf(
  { figures }: QueryReport,
  subject: SubjectName,
  name: FigureName,
): number | undefined {
  const rounds = figures[subject];
  return rounds === undefined ? undefined : median(rounds.map((round) => round[name]));
}

/** @returns how many times better this server is, undefined when it or the peer has no figure */
export function ratioOf(report: QueryReport, peer: PeerName, name: FigureName): number | undefined {
  const own = figureOf(report, 'promontory', name);
  const other = figureOf(report, peer, name);
  const ratio = own === undefined || other === undefined ? Number.NaN : other / own;
  return Number.isFinite(ratio) && ratio > 0 ? ratio : undefined;
}

export interface RankedQuery {
  readonly report: QueryReport;
  readonly ratio: number;
}

/** @returns the queries that both answered, the one with the least latency ratio first */
export function rankedByLatency(reports: readonly QueryReport[], peer: PeerName): RankedQuery[] {
  const ranked: RankedQuery[] = [];
  for (const report of reports) {
    const ratio = ratioOf(report, peer, 'latencyMs');
    if (ratio !== undefined) ranked.push({ report, ratio });
  }
  return ranked.sort((left, right) => left.ratio - right.ratio);
}

/**
 * @returns by `metric.vsPeer`: geometric means of the latency ratios over all queries and over each group, the
 *   least of them, and the geometric mean of the CPU ratios; nothing for a peer that was not measured
 */
export function summaryRatios(reports: readonly QueryReport[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const peer of PEERS) {
    const add = (
      metric: string,
      values: readonly number[],
      combine: (values: readonly number[]) => number,
    ): void => {
      if (values.length > 0) ratios[`${metric}.${versus(peer)}`] = combine(values);
    };
    const latency = ratiosIn(reports, peer, 'latencyMs');
    add('latency.geomean', latency, geometricMean);
    add('latency.min', latency, (values) => Math.min(...values));
    for (const group of ['dashboard', 'engine'] satisfies QueryGroup[]) {
      const rows = reports.filter((report) => report.group === group);
      add(`latency.geomean.${group}`, ratiosIn(rows, peer, 'latencyMs'), geometricMean);
    }
    add('cpu.geomean', ratiosIn(reports, peer, 'cpuMs'), geometricMean);
  }
  return ratios;
}

function ratiosIn(reports: readonly QueryReport[], peer: PeerName, name: FigureName): number[] {
  return reports.flatMap((report) => ratioOf(report, peer, name) ?? []);
}
