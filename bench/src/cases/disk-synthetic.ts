/** Bytes on disk of the synthetic series: a third counters, a third two-decimal gauges, a third constant. */
import { byConnection, makeSyntheticLoad } from '../load/synthetic-load.ts';
import type { Case } from './case.ts';
import { DISK_METRICS, measureDisk } from './disk-usage.ts';
import { expectSynthetic, mustHaveStored, syntheticQuestion } from './stored-samples.ts';
import { takeTurns } from './turns.ts';

const FULL_SIZE = { seriesCount: 10_000, samplesPerRequest: 2000, rounds: 720, connections: 1 };
const SMOKE_SIZE: typeof FULL_SIZE = { seriesCount: 200, samplesPerRequest: 100, rounds: 20, connections: 1 };

export const diskSynthetic: Case = {
  name: 'disk.synthetic',
  title: 'Disk, synthetic series',
  run: async (context) => {
    const usual = context.isSmoke ? SMOKE_SIZE : FULL_SIZE;
    const size = { ...usual, seriesCount: context.seriesCount ?? usual.seriesCount };
    context.log(`making bodies: ${size.seriesCount} series × ${size.rounds} rounds`);
    const load = makeSyntheticLoad({ ...size, nowMs: context.nowMs });
    const expected = expectSynthetic(load);
    const rows = await takeTurns({ ...context, rounds: 1 }, (subject) =>
      measureDisk(subject, {
        requestsByConnection: byConnection(load.rounds, size.connections),
        sampleCount: size.seriesCount * size.rounds,
        check: (server) => mustHaveStored(subject, server, syntheticQuestion(load), expected),
      }),
    );
    return {
      name: diskSynthetic.name,
      title: diskSynthetic.title,
      parameters: size,
      metrics: DISK_METRICS,
      rows,
    };
  },
};
