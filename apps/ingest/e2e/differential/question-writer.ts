/** Random questions: a query, and the time or times that it is asked for. Times count from the start of the data. */
import type { QueryTime } from '../prometheus-api.ts';
import { Choice } from './choice.ts';
import type { Question } from './query-response.ts';
import { QueryWriter } from './query-writer.ts';
import { DATA_MS } from './time-slots.ts';

const DEPTH_MAX = 4;
const DATA_S = DATA_MS / 1000;
const POINTS_MAX = 40;
/** Steps that fit the interval of the samples and such that do not, and one longer than the lookback. */
const STEPS_S = [15, 15, 17, 30, 60, 61.3, 90, 7, 0.5, 420, 1000.001];

export function randomQuestion(seed: number): Question {
  const choice = new Choice(seed);
  const writer = new QueryWriter(choice);
  const time = randomTime(choice);
  const depth = 1 + choice.below(DEPTH_MAX);
  return { query: randomQuery(choice, writer, depth, 'atS' in time), time };
}

function randomQuery(choice: Choice, writer: QueryWriter, depth: number, isInstant: boolean): string {
  if (isInstant && choice.oneIn(25)) return writer.sorted(depth);
  if (isInstant && choice.oneIn(25)) return writer.samples(depth);
  return writer.query(depth);
}

function randomTime(choice: Choice): QueryTime {
  const atS = choice.of([
    () => choice.between(-120, DATA_S + 420),
    () => choice.between(300, DATA_S),
    () => 15 * choice.below(DATA_S / 15),
    () => 60 * choice.below(DATA_S / 60),
  ])();
  if (choice.oneIn(2)) return { atS };
  const stepS = choice.of(STEPS_S);
  // Of what lies between the last step and the end, Prometheus tells where it is in subqueries.
  const endS = atS + stepS * choice.below(POINTS_MAX) + choice.of([0, 0, 0.001]);
  return { startS: atS, endS: rounded(endS), stepS };
}

function rounded(timeS: number): number {
  return Math.round(timeS * 1000) / 1000;
}
