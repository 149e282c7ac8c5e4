/**
 * Writes whose contents follow from their number alone, so that a test knows what a process that was killed
 * had written, and an oracle for what must be there afterwards.
 *
 * Every (series, timestamp) occurs in one write only: repeating a write changes nothing. Writes have new
 * series, samples behind their series' newest, staleness markers and values of many shapes.
 */
import { SeededRandom } from '@promontory/base';
import { Labels } from '@promontory/model';

const STEP_MS = 1000;
const SERIES_LASTING = 30;
const SERIES_PER_WRITE_NEW = 2;
const LATE_BY_WRITES = 7;

export interface WorkloadSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
}

export interface Workload {
  readonly seed: number;
  /** The time of write 0. */
  readonly startMs: number;
}

/** The samples of one write. The same object for the same labels within one write only. */
export function samplesOfWrite(workload: Workload, write: number): WorkloadSample[] {
  const random = new SeededRandom(workload.seed * 1_000_003 + write);
  const timestampMs = workload.startMs + write * STEP_MS;
  const samples: WorkloadSample[] = [];
  for (let series = 0; series < SERIES_LASTING; series++) {
    const labels = seriesLabels('lasting', series);
    const late = write >= LATE_BY_WRITES && random.nextInt(5) === 0;
    if (late) {
      const lateMs = timestampMs - LATE_BY_WRITES * STEP_MS + 500;
      samples.push({ labels, timestampMs: lateMs, value: valueOf(random, write) });
    }
    samples.push({ labels, timestampMs, value: valueOf(random, write) });
  }
  for (let index = 0; index < SERIES_PER_WRITE_NEW; index++) {
    const labels = seriesLabels('passing', write * SERIES_PER_WRITE_NEW + index);
    samples.push({ labels, timestampMs, value: valueOf(random, write) });
  }
  return samples;
}

function seriesLabels(kind: string, number: number): Labels {
  return Labels.fromObject({ __name__: `crash_${kind}`, series: `${number}`, job: `job-${number % 3}` });
}

function valueOf(random: SeededRandom, write: number): number {
  switch (random.nextInt(6)) {
    case 0:
      return write * 15;
    case 1:
      return Math.round(random.nextFloat() * 10_000) / 100;
    case 2:
      return random.nextFloat() * 1e-9;
    case 3:
      return Number.POSITIVE_INFINITY;
    case 4:
      return -0;
    default:
      return 42;
  }
}

/** Series as text, then timestamp → value. */
export type Contents = Map<string, Map<number, number>>;

/** What writes [0, end) leave, starting from `contents`. */
export function addWrites(contents: Contents, workload: Workload, start: number, end: number): Contents {
  for (let write = start; write < end; write++) {
    for (const { labels, timestampMs, value } of samplesOfWrite(workload, write)) {
      const name = labels.toString();
      const samples = contents.get(name);
      if (samples === undefined) contents.set(name, new Map([[timestampMs, value]]));
      else samples.set(timestampMs, value);
    }
  }
  return contents;
}
