/**
 * Bytes on disk of real metrics: a recording of a node_exporter and of a Prometheus, scraped each second and
 * re-timed to 15 s. The recording is made when there is none yet, and kept outside the repository.
 */
import { recordPeers } from '../record/record-peers.ts';
import { makeRecordedLoad } from '../record/recorded-load.ts';
import { type Recording, recordingPath, tryReadRecording, writeRecording } from '../record/recording.ts';
import { recordScrapes } from '../record/scrape-recorder.ts';
import type { Case, CaseContext } from './case.ts';
import { DISK_METRICS, measureDisk } from './disk-usage.ts';
import { expectRecorded, mustHaveStored, recordedQuestion } from './stored-samples.ts';
import { takeTurns } from './turns.ts';

const FULL_SCRAPES = { scrapeCount: 600, intervalMs: 1000 };
const SMOKE_SCRAPES = { scrapeCount: 5, intervalMs: 50 };
const SAMPLES_PER_REQUEST = 2000;

export const diskRecording: Case = {
  name: 'disk.recording',
  title: 'Disk, recording of node_exporter and Prometheus',
  run: async (context) => {
    const recording = context.isSmoke ? await recordItself(context) : await recordOnce(context);
    const load = makeRecordedLoad(recording, {
      samplesPerRequest: SAMPLES_PER_REQUEST,
      nowMs: context.nowMs,
    });
    const expected = expectRecorded(load);
    const rows = await takeTurns({ ...context, rounds: 1 }, (subject) =>
      measureDisk(subject, {
        requestsByConnection: [load.bodies],
        sampleCount: load.sampleCount,
        check: (server) => mustHaveStored(subject, server, recordedQuestion(load), expected),
      }),
    );
    return {
      name: diskRecording.name,
      title: diskRecording.title,
      parameters: {
        seriesCount: recording.series.length,
        scrapes: recording.scrapeCount,
        samples: load.sampleCount,
        samplesPerRequest: SAMPLES_PER_REQUEST,
      },
      metrics: DISK_METRICS,
      rows,
    };
  },
};

async function recordOnce(context: CaseContext): Promise<Recording> {
  const path = recordingPath(FULL_SCRAPES.scrapeCount);
  const present = tryReadRecording(path);
  if (present !== null) return present;
  context.log(`recording ${FULL_SCRAPES.scrapeCount} scrapes, one a second, into ${path}`);
  const recording = await recordPeers(FULL_SCRAPES);
  writeRecording(path, recording);
  return recording;
}

/** Smoke size needs no peers: the first subject's own metrics are real, too. */
async function recordItself({ subjects }: CaseContext): Promise<Recording> {
  const server = await subjects[0]?.start();
  if (server === undefined) return { scrapeCount: 0, series: [] };
  try {
    const url = `http://${server.address.host}:${server.address.port}/metrics`;
    return await recordScrapes([{ job: 'bench', url }], SMOKE_SCRAPES);
  } finally {
    await server.stop();
  }
}
