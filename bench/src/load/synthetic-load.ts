/** Write requests for rounds of scrapes over the synthetic series. */
import { SeriesValues } from './series-set.ts';
import { WriteBodies } from './write-bodies.ts';

export const SCRAPE_INTERVAL_MS = 15_000;
const SEED = 20_260;

export interface SyntheticLoadOptions {
  readonly seriesCount: number;
  readonly samplesPerRequest: number;
  /** One sample a series each. */
  readonly rounds: number;
  /** The last round is at most a scrape interval older. */
  readonly nowMs: number;
}

export interface SyntheticLoad {
  /** Round by round the compressed bodies, each of the same series in every round. */
  readonly rounds: readonly (readonly Buffer[])[];
  readonly lastTimestampMs: number;
  /** Of each series at the last timestamp. */
  readonly lastValues: Float64Array;
  readonly rawBytesPerSample: number;
  readonly bodyBytesPerSample: number;
}

export function makeSyntheticLoad(options: SyntheticLoadOptions): SyntheticLoad {
  const { seriesCount } = options;
  const values = new SeriesValues(seriesCount, SEED);
  const bodies = new WriteBodies(options);
  const lastTimestampMs = Math.floor(options.nowMs / SCRAPE_INTERVAL_MS) * SCRAPE_INTERVAL_MS;
  const rounds: Buffer[][] = [];
  let bodyBytes = 0;
  for (let roundsLeft = options.rounds - 1; roundsLeft >= 0; roundsLeft--) {
    const round = bodies.round(values, lastTimestampMs - roundsLeft * SCRAPE_INTERVAL_MS);
    bodyBytes += round.reduce((sum, body) => sum + body.length, 0);
    rounds.push(round);
    if (roundsLeft > 0) values.step();
  }
  return {
    rounds,
    lastTimestampMs,
    lastValues: values.current,
    rawBytesPerSample: bodies.rawBytes / seriesCount,
    bodyBytesPerSample: bodyBytes / (seriesCount * options.rounds),
  };
}

/** @returns a list of bodies a connection; a series stays on its connection */
export function byConnection(
  rounds: readonly (readonly Buffer[])[],
  connections: number,
): readonly (readonly Buffer[])[] {
  const lists = Array.from({ length: connections }, (): Buffer[] => []);
  for (const round of rounds) {
    for (const [index, body] of round.entries()) lists[index % connections]?.push(body);
  }
  return lists;
}
