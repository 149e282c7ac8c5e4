/** This server's medians over the rounds, and how many times better than each peer's they are. */
import type { CaseReport, SubjectReport } from '../cases/case.ts';
import { median } from '../statistics.ts';

const OWN_NAME = 'promontory';

/** @returns ratio by `case.metric.vsPeer`; above 1 is better, whichever way the metric runs; none for 0 to 0 */
export function ratiosOf(report: CaseReport): Map<string, number> {
  const own = report.rows.find((row) => row.subject === OWN_NAME);
  const ratios = new Map(
    Object.entries(report.ratios ?? {}).map(([name, ratio]) => [`${report.name}.${name}`, ratio]),
  );
  if (own === undefined) return ratios;
  for (const peer of report.rows.filter((row) => row !== own)) {
    for (const { name, unit } of report.metrics) {
      const ownMedian = median(own.values[name] ?? []);
      const peerMedian = median(peer.values[name] ?? []);
      const ratio = unit === 'per-second' ? ownMedian / peerMedian : peerMedian / ownMedian;
      if (Number.isFinite(ratio)) ratios.set(`${report.name}.${name}.${versus(peer.subject)}`, ratio);
    }
  }
  return ratios;
}

/** @returns for example `vsPrometheus` */
export function versus(peer: SubjectReport['subject']): string {
  return `vs${peer.charAt(0).toUpperCase()}${peer.slice(1)}`;
}

/** @returns this server's medians by `case.metric`; none when it was not measured */
export function ownValuesOf(report: CaseReport): Map<string, number> {
  const own = report.rows.find((row) => row.subject === OWN_NAME);
  const medians = Object.entries(own?.values ?? {}).map(
    ([name, values]) => [`${report.name}.${name}`, median(values)] as const,
  );
  return new Map(medians.filter(([, value]) => Number.isFinite(value)));
}
