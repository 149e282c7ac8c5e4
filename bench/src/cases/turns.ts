/** Subjects take turns, round by round; what they measured becomes the rows of a report. */
import { PromontoryError, systemClock } from '@promontory/base';
import { ERR_BENCH_TIMEOUT } from '../error-codes.ts';
import type { Subject } from '../subjects/subject.ts';
import type { CaseContext, SubjectReport } from './case.ts';

/** What one subject measured in one round. */
export interface Turn {
  /** By metric name. */
  readonly values: Readonly<Record<string, number>>;
  readonly resultHash: string;
}

/**
 * @returns one row a subject, in the subjects' order
 * @throws PromontoryError ERR_BENCH_TIMEOUT
 */
export async function takeTurns(
  context: CaseContext,
  measure: (subject: Subject) => Promise<Turn>,
): Promise<SubjectReport[]> {
  const turns = context.subjects.map((subject) => ({ subject, done: [] as Turn[] }));
  for (let round = 1; round <= context.rounds; round++) {
    for (const { subject, done } of turns) {
      checkTimeLeft(context);
      const turn = await measure(subject);
      done.push(turn);
      context.log(`round ${round} ${subject.name}: ${turnText(turn)}`);
    }
  }
  return turns.map(({ subject, done }) => rowOf(subject, done));
}

/** @param turns at least one, all with the same metrics */
export function rowOf(subject: Subject, turns: readonly Turn[]): SubjectReport {
  const names = Object.keys(turns[0]?.values ?? {});
  return {
    subject: subject.name,
    version: subject.version,
    durability: subject.durability,
    values: Object.fromEntries(
      names.map((name) => [name, turns.map((turn) => turn.values[name] ?? Number.NaN)]),
    ),
    resultHash: turns[0]?.resultHash ?? '',
  };
}

/** @throws PromontoryError ERR_BENCH_TIMEOUT */
export function checkTimeLeft(context: CaseContext): void {
  if (systemClock.monotonicMs() < context.deadlineMs) return;
  throw new PromontoryError('cannot finish the run: it takes too long; choose cases with --case', {
    code: ERR_BENCH_TIMEOUT,
    kind: 'timeout',
  });
}

function turnText({ values, resultHash }: Turn): string {
  const texts = Object.entries(values).map(([name, value]) => `${name} ${shortNumber(value)}`);
  return `${texts.join(', ')}, result ${resultHash}`;
}

function shortNumber(value: number): string {
  return Math.abs(value) < 1000 ? value.toFixed(2) : String(Math.round(value));
}
