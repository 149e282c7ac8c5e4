/**
 * The same data is written to this server and to a real Prometheus, and the same queries are asked of both: those of
 * dashboards, and random ones. What differs must stand in docs/promql-differences.md.
 *
 * PROMONTORY_FUZZ_SEED varies the data and the random queries, PROMONTORY_DIFFERENTIAL_QUERIES how many there are. A
 * failure shows the questions as fixed-questions.ts takes them; times count from the start of the data.
 */
import { findPeers } from '@promontory/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAll, shownFailures } from './differential/ask-all.ts';
import { FIXED_QUESTIONS } from './differential/fixed-questions.ts';
import { type KnownDifference, readKnownDifferences } from './differential/known-differences.ts';
import { randomQuestion } from './differential/question-writer.ts';
import { ServerPair } from './differential/server-pair.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 35);
const QUERIES = Number(process.env['PROMONTORY_DIFFERENTIAL_QUERIES'] ?? 500);
/** From so many queries on, a row of the table that nothing needs is a failure. */
const LONG_RUN_QUERIES = 5000;
const SEED_STRIDE = 1_000_003;
const TIMEOUT_MS = 120_000 + 50 * QUERIES;

const peers = await findPeers();

describe.skipIf(peers === null)(`PromQL against a real Prometheus (seed ${SEED})`, () => {
  let pair: ServerPair;
  let known: readonly KnownDifference[];
  const used = new Set<KnownDifference>();

  beforeAll(async () => {
    if (peers === null) return;
    known = await readKnownDifferences();
    pair = await ServerPair.start(peers, SEED);
  });

  afterAll(() => pair?.stop());

  it('the table of known differences can be read', () => {
    expect(known.length).toBeGreaterThan(30);
  });

  it('both hold the same samples', async () => {
    const samples = await askAll(pair, [{ query: '{__name__!=""}[2h]', time: { atS: 7200 } }], []);
    expect(shownFailures(samples.failures)).toEqual([]);
    expect(samples.answeredCount).toBe(1);
  });

  it('the queries of dashboards, and examples of every difference', { timeout: TIMEOUT_MS }, async () => {
    const outcome = await askAll(pair, FIXED_QUESTIONS, known);
    for (const row of outcome.used) used.add(row);
    expect(shownFailures(outcome.failures)).toEqual([]);
    expect(outcome.answeredCount).toBeGreaterThan(0.8 * FIXED_QUESTIONS.length);
  });

  it(`${QUERIES} random queries`, { timeout: TIMEOUT_MS }, async () => {
    const questions = Array.from({ length: QUERIES }, (_, index) =>
      randomQuestion(SEED * SEED_STRIDE + index),
    );
    const outcome = await askAll(pair, questions, known);
    for (const row of outcome.used) used.add(row);
    expect(shownFailures(outcome.failures)).toEqual([]);
    expect(outcome.answeredCount).toBeGreaterThan(0.5 * QUERIES);
    expect(outcome.errorCount).toBeLessThan(0.1 * QUERIES);
  });

  it.skipIf(QUERIES < LONG_RUN_QUERIES)('every row of the table is needed', () => {
    const unused = known.filter((row) => !used.has(row));
    expect(unused.map(({ query, difference }) => `${query.source} ${difference.source}`)).toEqual([]);
  });
});
