/** Classic histograms: a counter for each upper bound, a sum and a count. */
import type { SeriesToWrite } from '../../test/write-body.ts';
import type { Choice } from './choice.ts';
import { floatSeries, type Labels, timeSlots } from './time-slots.ts';

interface Fault {
  readonly hasInfinity?: boolean;
  readonly isMonotonic?: boolean;
  readonly resetOneIn?: number;
  readonly lastBound?: string;
}

const BOUNDS = ['0.1', '0.5', '1', '2.5', '10'] as const;

export function makeClassicHistograms(choice: Choice): SeriesToWrite[] {
  const series: SeriesToWrite[] = [];
  for (const job of ['api', 'web']) {
    for (const instance of ['a:80', 'b:80']) {
      const fault = { resetOneIn: job === 'api' ? 70 : 0 };
      series.push(...classicHistogram(choice, 'latency_seconds', { instance, job }, fault));
    }
  }
  series.push(
    ...classicHistogram(choice, 'broken_seconds', { kind: 'endless' }, { hasInfinity: false }),
    ...classicHistogram(choice, 'broken_seconds', { kind: 'falling' }, { isMonotonic: false }),
    ...classicHistogram(choice, 'broken_seconds', { kind: 'word' }, { lastBound: 'many' }),
    ...classicHistogram(choice, 'broken_seconds', { kind: 'whole' }, {}),
    ...classicHistogram(choice, 'both_seconds', { job: 'api' }, {}),
  );
  return series;
}

function classicHistogram(choice: Choice, name: string, labels: Labels, fault: Fault): SeriesToWrite[] {
  const bounds = [...BOUNDS, ...(fault.lastBound === undefined ? [] : [fault.lastBound])];
  if (fault.hasInfinity !== false) bounds.push('+Inf');
  const times = timeSlots(choice);
  const counts = cumulativeCounts(choice, bounds.length, times.length, fault);
  const ofBound = bounds.map((le, bound) =>
    floatSeries({ __name__: `${name}_bucket`, ...labels, le }, times, (_timeMs, index) =>
      countAt(counts, index, bound),
    ),
  );
  return [
    ...ofBound,
    floatSeries({ __name__: `${name}_count`, ...labels }, times, (_timeMs, index) =>
      countAt(counts, index, bounds.length - 1),
    ),
    floatSeries({ __name__: `${name}_sum`, ...labels }, times, (_timeMs, index) =>
      Math.round(countAt(counts, index, bounds.length - 1) * 0.7),
    ),
  ];
}

function countAt(counts: readonly (readonly number[])[], index: number, bound: number): number {
  return counts[index]?.[bound] ?? 0;
}

function cumulativeCounts(choice: Choice, bounds: number, times: number, fault: Fault): number[][] {
  let own = Array<number>(bounds).fill(0);
  return Array.from({ length: times }, () => {
    if (fault.resetOneIn !== undefined && fault.resetOneIn > 0 && choice.oneIn(fault.resetOneIn)) {
      own = Array<number>(bounds).fill(0);
    }
    own = own.map((count) => count + choice.below(6));
    let sum = 0;
    const cumulative = own.map((count) => (sum += count));
    if (fault.isMonotonic === false && choice.oneIn(3)) cumulative[2] = (cumulative[1] ?? 0) - 1;
    return cumulative;
  });
}
