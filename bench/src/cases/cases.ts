import type { Case } from './case.ts';
import { decode } from './decode.ts';
import { diskRecording } from './disk-recording.ts';
import { diskSynthetic } from './disk-synthetic.ts';
import { ingestKnownSeries } from './ingest-known-series.ts';
import { newSeries } from './new-series.ts';
import { query } from './query.ts';
import { restart } from './restart.ts';

/** In the order in which they run. */
export const CASES: readonly Case[] = [
  ingestKnownSeries,
  newSeries,
  diskSynthetic,
  diskRecording,
  restart,
  query,
  decode,
];
