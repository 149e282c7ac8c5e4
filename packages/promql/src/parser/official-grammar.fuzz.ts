/**
 * The parser against the official grammar of the Prometheus project, which its editors use: whatever we print, that
 * grammar takes. It is no part of the parser itself: it takes texts that are no PromQL (`1[5m]`, a string that is not
 * closed) and says nothing about those that it refuses.
 */
import { parser } from '@prometheus-io/lezer-promql';
import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { childExpressions, type Expression } from '../ast/expression.ts';
import { printExpression } from '../ast/print-expression.ts';
import { ExpressionWriter } from './expression-test-writer.ts';
import { parseExpression } from './parse-expression.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 27_182);
const ROUNDS = Number(process.env['PROMONTORY_FUZZ_ROUNDS'] ?? 4000);

const strictGrammar = parser.configure({ strict: true });

function takesOfficially(text: string): boolean {
  try {
    strictGrammar.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What Prometheus's own parser takes and this grammar does not: a metric named offset, min_of() beside durations. */
function isBeyondGrammar(expression: Expression): boolean {
  if (expression.kind === 'vector-selector') return expression.name === 'offset';
  const { kind } = expression;
  if (kind === 'call' && ['min_of', 'max_of'].includes(expression.functionName)) return true;
  return childExpressions(expression).some(isBeyondGrammar);
}

function tryParse(query: string): Expression | null {
  try {
    return parseExpression(query);
  } catch {
    // The writer makes some queries that are refused for their types.
    return null;
  }
}

describe('the official grammar', () => {
  it(`takes what we print (seed ${SEED})`, { timeout: 60_000 }, () => {
    const refused: string[] = [];
    let taken = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const random = new SeededRandom(SEED + round);
      const expression = tryParse(new ExpressionWriter(random).expression(1 + random.nextInt(3)));
      if (expression === null || isBeyondGrammar(expression)) continue;
      const text = printExpression(expression);
      if (takesOfficially(text)) taken++;
      else refused.push(`${SEED + round}: ${text}`);
    }
    expect(refused).toEqual([]);
    expect(taken).toBeGreaterThan(ROUNDS / 2);
  });
});
