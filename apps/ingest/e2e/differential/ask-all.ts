/** Asks many questions, and sorts out what is different and not known to be. */
import { responseDifferences } from './compare-responses.ts';
import { explain, type KnownDifference } from './known-differences.ts';
import type { QueryResponse, Question } from './query-response.ts';

export interface AnswerPair {
  readonly actual: QueryResponse;
  readonly expected: QueryResponse;
  readonly differences: readonly string[];
}

/** This server and a Prometheus that hold the same samples. */
export interface AskedPair {
  ask(question: Question): Promise<AnswerPair>;
  /** Starts another Prometheus in place of the last one, with the same samples. */
  renewPrometheus(): Promise<void>;
}

export interface Failure {
  readonly question: Question;
  readonly differences: readonly string[];
}

export interface Outcome {
  readonly failures: readonly Failure[];
  /** Which known differences showed. */
  readonly used: ReadonlySet<KnownDifference>;
  readonly errorCount: number;
  /** Answers that have a sample. */
  readonly answeredCount: number;
}

/** So many questions are worth another Prometheus; of more, the rest counts as it was answered. */
const RENEWALS_MAX = 20;
const FAILURES_SHOWN_MAX = 10;

export function shownFailures(failures: readonly Failure[]): string[] {
  return failures
    .slice(0, FAILURES_SHOWN_MAX)
    .map(({ question, differences }) => `${JSON.stringify(question)} // ${differences[0] ?? ''}`);
}

/**
 * What differs is asked once more, each time of another Prometheus that was asked nothing else: Prometheus 3.5 reuses
 * the memory of histograms, and can answer with what an earlier query left in them.
 */
export async function askAll(
  pair: AskedPair,
  questions: readonly Question[],
  known: readonly KnownDifference[],
): Promise<Outcome> {
  const used = new Set<KnownDifference>();
  const doubtful: { readonly question: Question; readonly answers: AnswerPair }[] = [];
  let errorCount = 0;
  let answeredCount = 0;
  for (const question of questions) {
    const answers = await pair.ask(question);
    if (answers.actual.status === 'error') errorCount++;
    else if (hasSamples(answers.actual)) answeredCount++;
    const explained = explain(question.query, answers.differences, known);
    for (const row of explained.used) used.add(row);
    if (explained.unknown.length > 0) doubtful.push({ question, answers });
  }
  const failures: Failure[] = [];
  for (const [index, { question, answers }] of doubtful.entries()) {
    const isAsItWas = index >= RENEWALS_MAX;
    if (!isAsItWas) await pair.renewPrometheus();
    const again = isAsItWas ? answers : await pair.ask(question);
    const differences = unexplained(question, answers.actual, again, known);
    if (differences.length > 0) failures.push({ question, differences });
  }
  return { failures, used, errorCount, answeredCount };
}

function unexplained(
  question: Question,
  before: QueryResponse,
  { actual, differences }: AnswerPair,
  known: readonly KnownDifference[],
): string[] {
  const changes = responseDifferences(question, actual, before).map((change) => `asked again: ${change}`);
  return [...explain(question.query, differences, known).unknown, ...changes];
}

function hasSamples({ data }: QueryResponse): boolean {
  return data !== undefined && data.result.length > 0;
}
