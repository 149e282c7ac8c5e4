/** Asks every server a query once and compares the answers with this server's. */
import { errorMessage } from '@promontory/base';
import type { Subject } from '../subjects/subject.ts';
import { type Answer, parseAnswer } from './answer.ts';
import { differenceOf, shapeDifferenceOf, sizeDifferenceOf } from './compare-answers.ts';
import type { Lane } from './measure-query.ts';
import type { QueryCase } from './query-case.ts';

/** Prometheus adds in another order here and there, nothing more. */
const PROMETHEUS_RULES = { relativeTolerance: 1e-9, isStrict: true };
const VICTORIA_METRICS_RULES = { relativeTolerance: 1e-6, isStrict: false };

export interface QueryCheck {
  /** Of this server's answer, or of the first one's when this server is not asked. */
  readonly answerBytes: number;
  /** The first thing that is wrong, or null. */
  readonly failure: string | null;
}

export async function checkQuery(query: QueryCase, lanes: readonly Lane[]): Promise<QueryCheck> {
  let own: Answer | null = null;
  let answerBytes = 0;
  for (const { subject, connection, request } of lanes) {
    const { isOk, text } = await connection.answer(request);
    answerBytes ||= Buffer.byteLength(text);
    if (!isOk) return { answerBytes, failure: `${subject.name} answers ${text.slice(0, 300)}` };
    try {
      const answer = parseAnswer(text);
      if (subject.name === 'promontory') own = answer;
      const difference = own === null ? null : differenceFrom(subject.name, query, own, answer);
      if (difference !== null) return { answerBytes, failure: `other than ${subject.name}: ${difference}` };
    } catch (error) {
      return { answerBytes, failure: `${subject.name}: ${errorMessage(error)}` };
    }
  }
  return { answerBytes, failure: null };
}

function differenceFrom(
  peer: Subject['name'],
  { victoriaMetrics }: QueryCase,
  own: Answer,
  answer: Answer,
): string | null {
  if (peer === 'promontory') return null;
  if (peer === 'prometheus') return differenceOf(own, answer, PROMETHEUS_RULES);
  if (victoriaMetrics.kind === 'picks') return sizeDifferenceOf(own, answer);
  if (victoriaMetrics.kind === 'differs') return shapeDifferenceOf(own, answer);
  return differenceOf(own, answer, VICTORIA_METRICS_RULES);
}
