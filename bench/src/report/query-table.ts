/** The tables of the query case: a line a query, then what all of them say together. */
import type { CaseReport } from '../cases/case.ts';
import {
  figureOf,
  type FigureName,
  PEERS,
  type PeerName,
  type QueryReport,
  type RankedQuery,
  rankedByLatency,
  ratioOf,
  type SubjectName,
} from '../queries/query-report.ts';
import { alignColumns } from './columns.ts';

const BYTES_PER_MB = 1_000_000;
const SLOWEST_SHOWN = 15;
const FASTEST_SHOWN = 5;
const NONE = '–';
/** What of VictoriaMetrics's answer was compared with ours. */
const COMPARED = {
  differs: 'series and numbers of points compared',
  picks: 'number of points compared',
  absent: 'not asked',
} as const;
const SHORT_NAMES: Readonly<Record<SubjectName, string>> = {
  promontory: 'own',
  prometheus: 'Prom',
  victoriaMetrics: 'VM',
};

export function queryLines(report: CaseReport): string[] {
  const reports = report.queries ?? [];
  if (reports.length === 0) return [];
  const subjects = report.rows.map((row) => row.subject);
  const peers = PEERS.filter((peer) => subjects.includes(peer));
  return [
    'median latency to the last byte, CPU time a request and peak resident memory; × is how many times faster this server is',
    ...alignColumns([headerOf(subjects, peers), ...reports.map((row) => cellsOf(row, subjects, peers))]),
    ...noteLines(reports, peers),
    ...peers.flatMap((peer) => rankingLines(reports, peer)),
  ];
}

function headerOf(subjects: readonly SubjectName[], peers: readonly PeerName[]): string[] {
  const each = (unit: string): string[] => subjects.map((subject) => `${SHORT_NAMES[subject]} ${unit}`);
  const ratios = peers.map((peer) => `× ${SHORT_NAMES[peer]}`);
  return ['query', 'series', 'answer KB', ...each('ms'), ...ratios, ...each('CPU'), ...each('MB')];
}

function cellsOf(row: QueryReport, subjects: readonly SubjectName[], peers: readonly PeerName[]): string[] {
  const figures = (name: FigureName, text: (value: number) => string): string[] =>
    subjects.map((subject) => orNone(figureOf(row, subject, name), text));
  return [
    row.name,
    String(row.seriesCount),
    (row.answerBytes / 1000).toFixed(1),
    ...figures('latencyMs', (value) => value.toFixed(2)),
    ...peers.map((peer) => orNone(ratioOf(row, peer, 'latencyMs'), (ratio) => ratio.toFixed(2))),
    ...figures('cpuMs', (value) => value.toFixed(1)),
    ...figures('residentPeakBytes', (value) => (value / BYTES_PER_MB).toFixed(0)),
  ];
}

function orNone(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? NONE : text(value);
}

/** What is not timed, and where answers may differ. */
function noteLines(reports: readonly QueryReport[], peers: readonly PeerName[]): string[] {
  const failures = reports.flatMap(({ name, failure }) =>
    failure === null ? [] : [`not timed: ${name}: ${failure}`],
  );
  return peers.includes('victoriaMetrics') ? [...failures, ...agreementLines(reports)] : failures;
}

/** A line for each reason, with the number of its queries. */
function agreementLines(reports: readonly QueryReport[]): string[] {
  const counts = new Map<string, number>();
  for (const { victoriaMetrics } of reports) {
    if (victoriaMetrics.kind === 'equal') continue;
    const text = `${COMPARED[victoriaMetrics.kind]}: ${victoriaMetrics.reason}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => `VictoriaMetrics, ${text} (queries: ${count})`);
}

function rankingLines(reports: readonly QueryReport[], peer: PeerName): string[] {
  const ranked = rankedByLatency(reports, peer);
  const slower = ranked.filter(({ ratio }) => ratio < 1).length;
  const lines = (queries: readonly RankedQuery[]): string[] =>
    alignColumns(queries.map(({ report, ratio }) => [report.name, `${ratio.toFixed(2)} ×`]));
  return [
    `slower than ${peer}: ${slower} of ${ranked.length} queries; the least ratios:`,
    ...lines(ranked.slice(0, SLOWEST_SHOWN)),
    'the greatest:',
    ...lines(ranked.slice(-FASTEST_SHOWN).toReversed()),
  ];
}
