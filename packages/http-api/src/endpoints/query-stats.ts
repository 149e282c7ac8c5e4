/** The `stats` member of an answer, as Prometheus 3.14 has it. */
import type { QueryStats } from '@promontory/promql';
import type { JsonWriter } from '../json/json-writer.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';

export interface StatsWanted {
  readonly isWanted: boolean;
  readonly isPerStep: boolean;
  /** About a value that is accepted for now. */
  readonly warning: string | null;
}

export function readStatsWanted(parameters: RequestParameters): StatsWanted {
  const text = parameters.get('stats');
  const isKnown = text === '' || text === 'true' || text === 'all';
  const warning = isKnown
    ? null
    : `value ${JSON.stringify(text)} for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"`;
  return { isWanted: text !== '', isPerStep: text === 'all', warning };
}

export interface StatsContext {
  /** How long the request waited before somebody worked on it. */
  readonly queuedMs: number;
  /** Of the query: when its steps are. */
  readonly startMs: number;
  readonly stepMs: number;
}

export function writeStats(
  writer: JsonWriter,
  stats: QueryStats,
  { queuedMs, startMs, stepMs }: StatsContext,
): void {
  const { preparationMs, evaluationMs, sortMs, totalMs } = stats.timings;
  const timings = {
    evalTotalTime: seconds(totalMs),
    resultSortTime: seconds(sortMs),
    queryPreparationTime: seconds(preparationMs),
    innerEvalTime: seconds(evaluationMs),
    execQueueTime: seconds(queuedMs),
    execTotalTime: seconds(queuedMs + totalMs),
  };
  writer.raw(',"stats":{"timings":');
  writer.object(timings);
  writer.raw(',"samples":{');
  if (stats.samplesQueryablePerStep !== null) {
    writePerStep(writer, stats.samplesQueryablePerStep, startMs, stepMs);
  }
  writer.raw(
    `"totalQueryableSamples":${stats.samplesQueryable},"samplesRead":${stats.samplesRead},` +
      `"peakSamples":${stats.samplesPeak}}}`,
  );
}

/** In whole nanoseconds. */
function seconds(durationMs: number): number {
  return Math.round(durationMs * 1e6) / 1e9;
}

function writePerStep(writer: JsonWriter, perStep: Float64Array, startMs: number, stepMs: number): void {
  writer.raw('"totalQueryableSamplesPerStep":');
  perStep.forEach((count, step) => {
    writer.raw(step === 0 ? '[[' : ',[');
    writer.timestamp(startMs + step * stepMs);
    writer.raw(`,${count}]`);
  });
  writer.raw('],');
}
