import type { Case } from './case.ts';
import { ingestKnownSeries } from './ingest-known-series.ts';

export const CASES: readonly Case[] = [ingestKnownSeries];
