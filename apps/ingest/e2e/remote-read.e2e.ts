/**
 * A real Prometheus without samples of its own reads from here. What it makes of the samples must be what this server
 * answers itself, but for the known differences between the two engines and for what its reader gets wrong.
 */
import { findPeers } from '@promontory/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAllSamples, textsOf, textsOfWritten } from './clients/read-client.ts';
import { READER_FAULTS, SAMPLES_FAULT, WITHOUT_SAMPLES_FAULTS } from './clients/reader-faults.ts';
import { DataServer, ReadingPair } from './clients/reading-pair.ts';
import { askAll, shownFailures } from './differential/ask-all.ts';
import { FIXED_QUESTIONS } from './differential/fixed-questions.ts';
import { type KnownDifference, readKnownDifferences } from './differential/known-differences.ts';

const SEED = 35;
const EVERYTHING = '{__name__!=""}';

const peers = await findPeers();

const KINDS = [
  {
    kind: 'chunks, for which it asks first',
    acceptedResponseTypes: 'as-asked',
    contentType: 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse',
    comparable: EVERYTHING,
    faults: READER_FAULTS,
  },
  {
    kind: 'samples',
    acceptedResponseTypes: 'none',
    contentType: 'application/x-protobuf',
    comparable: WITHOUT_SAMPLES_FAULTS,
    faults: [...READER_FAULTS, SAMPLES_FAULT],
  },
] as const;

let data: DataServer;

beforeAll(async () => {
  data = await DataServer.start(SEED);
});

afterAll(() => data?.server.stop());

describe.skipIf(peers === null).each(KINDS)('a real Prometheus that reads $kind', (kind) => {
  let known: readonly KnownDifference[];
  let pair: ReadingPair;

  beforeAll(async () => {
    if (peers === null) return;
    known = [...(await readKnownDifferences()), ...kind.faults];
    pair = await ReadingPair.start(peers, data, kind.acceptedResponseTypes);
  });

  afterAll(() => pair?.stop());

  it('has every sample', async () => {
    const question = { query: `${kind.comparable}[2h]`, time: { atS: 7200 } };
    const samples = await askAll(pair, [question], []);
    expect(shownFailures(samples.failures)).toEqual([]);
    expect(samples.answeredCount).toBe(1);
  });

  it('answers the queries of dashboards', async () => {
    const outcome = await askAll(pair, FIXED_QUESTIONS, known);
    expect(shownFailures(outcome.failures)).toEqual([]);
    expect(outcome.answeredCount).toBeGreaterThan(0.8 * FIXED_QUESTIONS.length);
    for (const fault of kind.faults) expect(outcome.used).toContain(fault);
  });

  it('was sent the kind of answer that it was to get', () => {
    expect([...pair.proxy.contentTypes]).toEqual([kind.contentType]);
  });
});

it('samples have every bit that was written', async () => {
  const read = textsOf(await readAllSamples(data.server));
  expect(read.size).toBeGreaterThan(80);
  expect(read).toEqual(textsOfWritten(data.series, data.baseMs));
});
