/** Counters, gauges and what they are joined with. */
import type { SeriesToWrite } from '../../test/write-body.ts';
import type { Choice } from './choice.ts';
import { DATA_MS, floatSeries, type Labels, timeSlots } from './time-slots.ts';

const JOBS = ['api', 'web'] as const;
const INSTANCES = ['a:80', 'b:80', 'c:80'] as const;

/** Grows by a whole number each time and starts anew once in so many times. */
export function counterValue(choice: Choice, growthMax: number, resetOneIn: number): () => number {
  let value = choice.below(1000);
  return () => {
    value =
      resetOneIn > 0 && choice.oneIn(resetOneIn) ? choice.below(5) : value + choice.below(growthMax + 1);
    return value;
  };
}

export function makeFloatSeries(choice: Choice, baseMs: number): SeriesToWrite[] {
  return [
    ...counters(choice),
    ...gauges(choice),
    ...oddGauges(choice),
    ...joined(choice),
    ...timestamps(choice, baseMs),
    ...utf8Names(choice),
  ];
}

function counters(choice: Choice): SeriesToWrite[] {
  const series: SeriesToWrite[] = [];
  for (const job of JOBS) {
    for (const instance of INSTANCES) {
      for (const code of ['200', '500']) {
        const isLate = instance === 'c:80';
        const endsEarly = instance === 'b:80' && job === 'web';
        const times = timeSlots(choice, {
          startMs: isLate ? 1_203_000 : 0,
          endMsInclusive: endsEarly ? 1_900_000 : DATA_MS,
          lossOneIn: code === '500' ? 6 : 0,
          jitterMs: job === 'web' ? 900 : 0,
        });
        const labels = { __name__: 'requests_total', code, instance, job };
        series.push(floatSeries(labels, times, counterValue(choice, 40, job === 'api' ? 60 : 0)));
      }
      const errors = { __name__: 'errors_total', instance, job };
      series.push(floatSeries(errors, timeSlots(choice), counterValue(choice, 3, 90)));
    }
  }
  const gaps = timeSlots(choice).filter((timeMs) => timeMs % 900_000 < 420_000);
  series.push(floatSeries({ __name__: 'gappy_total', job: 'api' }, gaps, counterValue(choice, 9, 0)));
  const flapping = timeSlots(choice, { jitterMs: 3000 });
  const value = counterValue(choice, 9, 0);
  series.push(
    floatSeries({ __name__: 'flapping_total', job: 'web' }, flapping, () =>
      choice.oneIn(7) ? 'stale' : value(),
    ),
  );
  return series;
}

function gauges(choice: Choice): SeriesToWrite[] {
  const series: SeriesToWrite[] = [];
  for (const room of ['attic', 'cellar', 'hall', 'kitchen']) {
    const labels: Labels = { __name__: 'temperature_celsius', floor: String(room.length), room };
    const times = timeSlots(choice, { intervalMs: 23_000, jitterMs: 15_000, lossOneIn: 9 });
    series.push(floatSeries(labels, times, () => choice.between(-30, 30)));
  }
  for (const queue of ['in', 'out', 'dead']) {
    const labels = { __name__: 'queue_length', queue };
    series.push(floatSeries(labels, timeSlots(choice), () => choice.below(4)));
    const constant = { __name__: 'queue_limit', queue };
    series.push(floatSeries(constant, timeSlots(choice, { intervalMs: 60_000 }), () => queue.length));
  }
  for (const [index, unit] of ['db', 'mail'].entries()) {
    const times = timeSlots(choice, { intervalMs: 47_000, lossOneIn: 4 });
    const labels = { __name__: 'workers', unit };
    series.push(floatSeries(labels, times, () => (choice.oneIn(5) ? 'stale' : choice.below(9) - index)));
  }
  return series;
}

function oddGauges(choice: Choice): SeriesToWrite[] {
  const kinds: Readonly<Record<string, readonly number[]>> = {
    infinite: [Infinity, -Infinity, 1, 2],
    nan: [Number.NaN],
    negative: [-Infinity, -1.5, -3],
    rising: [1, 2, Infinity],
    sometimes: [Number.NaN, 1, 7.25, -2],
    zero: [0, 1e-3, -1e-3],
  };
  return Object.entries(kinds).map(([kind, values]) =>
    floatSeries({ __name__: 'odd', kind }, timeSlots(choice), () => choice.of(values)),
  );
}

function joined(choice: Choice): SeriesToWrite[] {
  const series: SeriesToWrite[] = [];
  const halfMs = DATA_MS / 2;
  for (const job of JOBS) {
    const constant = { __name__: 'job_limit', job, team: job === 'api' ? 'red' : 'blue' };
    series.push(floatSeries(constant, timeSlots(choice, { intervalMs: 30_000 }), () => 100 * job.length));
    for (const instance of INSTANCES) {
      if (job === 'web' && instance === 'a:80') continue;
      const times = timeSlots(choice, { intervalMs: 60_000 });
      const target = { __name__: 'target_info', instance, job, 'k8s.cluster': `eu-${instance[0]}` };
      const old = times.filter((timeMs) => timeMs <= halfMs);
      const last = old.at(-1);
      series.push(
        floatSeries({ ...target, version: '1.0' }, old, (timeMs) => (timeMs === last ? 'stale' : 1)),
        floatSeries(
          { ...target, version: '1.1' },
          times.filter((timeMs) => timeMs > halfMs),
          () => 1,
        ),
        floatSeries({ __name__: 'up', instance, job }, timeSlots(choice), () => (choice.oneIn(9) ? 0 : 1)),
      );
    }
    const build = { __name__: 'build_info', instance: 'a:80', job, revision: `r${job}`, version: '9' };
    series.push(floatSeries(build, timeSlots(choice, { intervalMs: 60_000 }), () => 1));
  }
  return series;
}

/** Values that are times, for the functions of calendars. */
function timestamps(choice: Choice, baseMs: number): SeriesToWrite[] {
  return ['day', 'year', 'second'].map((unit, index) => {
    const spreadS = [86_400, 400 * 86_400, 90][index] ?? 1;
    const labels = { __name__: 'last_seen_seconds', unit };
    return floatSeries(labels, timeSlots(choice), (timeMs) =>
      Math.round((baseMs + timeMs) / 1000 - choice.below(spreadS)),
    );
  });
}

function utf8Names(choice: Choice): SeriesToWrite[] {
  return ['GET', 'PÖST'].map((method) => {
    const labels = { __name__: 'http.größe', 'http.method': method, job: 'api', 日本: '✓' };
    return floatSeries(labels, timeSlots(choice), () => choice.between(0, 100));
  });
}
