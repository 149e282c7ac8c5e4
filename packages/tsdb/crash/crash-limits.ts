import type { TsdbLimits } from '../src/index.ts';

/** Small enough that every test sees generations, blocks and indexing come and go. */
export const CRASH_LIMITS: Partial<TsdbLimits> = {
  logBytesMax: 12_000,
  waitingSeriesMax: 20,
  outOfOrderWindowMs: 24 * 3600 * 1000,
};
