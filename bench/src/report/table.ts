/** The table that the benchmark prints: one row per metric, one column per subject, then the ratios. */
import type { CaseReport, Metric } from '../cases/case.ts';
import { median, spread } from '../statistics.ts';
import { alignColumns } from './columns.ts';
import type { Machine } from './machine.ts';
import { queryLines } from './query-table.ts';
import { ratiosOf } from './ratios.ts';

const BYTES_PER_MB = 1_000_000;

export function machineLines(machine: Machine): string[] {
  return [
    `machine  ${machine.cpu}, ${machine.cores} cores, ${Math.round(machine.memoryBytes / 1e9)} GB, ${machine.system}`,
    `Node ${machine.node}, commit ${machine.commit}`,
  ];
}

export function caseLines(report: CaseReport): string[] {
  const parameters = Object.entries(report.parameters).map(([name, value]) => `${name} ${value}`);
  const rounds = Object.values(report.rows[0]?.values ?? {})[0]?.length ?? 0;
  const header = ['', ...report.rows.map((row) => `${row.subject} ${row.version}`)];
  const body = report.metrics.map((metric) => [
    metric.name,
    ...report.rows.map((row) => formatValues(metric, row.values[metric.name] ?? [])),
  ]);
  const results = ['result', ...report.rows.map((row) => row.resultHash)];
  return [
    [report.title, parameters.join(', ')].filter((text) => text !== '').join(': '),
    ...(report.metrics.length > 0 ? [`median of ${rounds} rounds, ± half the range`] : []),
    ...alignColumns([header, ...body, results]),
    ...queryLines(report),
    ...report.rows.map((row) => `${row.subject}: acknowledged samples are ${row.durability}`),
    ...ratioLines(report),
  ];
}

function ratioLines(report: CaseReport): string[] {
  const ratios = [...ratiosOf(report)].map(([name, ratio]) => [name, `${ratio.toFixed(2)} ×`]);
  return ratios.length === 0 ? [] : ['ratios (above 1 is better):', ...alignColumns(ratios)];
}

function formatValues({ unit }: Metric, values: readonly number[]): string {
  if (values.length === 0) return '–';
  const middle = median(values);
  const tolerance = values.length < 2 ? '' : ` ± ${Math.round(spread(values) * 100)} %`;
  if (unit === 'per-second') return `${Math.round(middle).toLocaleString('en-US')}${tolerance}`;
  if (unit === 'ms') return `${middle.toFixed(2)} ms${tolerance}`;
  if (unit === 'bytes-each') return `${shortNumber(middle)} B${tolerance}`;
  return `${shortNumber(middle / BYTES_PER_MB, 1)} MB${tolerance}`;
}

/** Whole from 100 on, below it with the decimals that matter. */
function shortNumber(value: number, decimals = 2): string {
  return value < 100 ? value.toFixed(decimals) : String(Math.round(value));
}
