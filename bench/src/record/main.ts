/**
 * `node bench/src/record/main.ts [--seconds N]`: scrapes a node_exporter and a Prometheus once a second and keeps
 * the recording in the cache folder, where the benchmark finds it. Replaces an earlier one of the same length.
 */
import { parseArgs } from 'node:util';
import { errorMessage } from '@promontory/base';
import { recordPeers } from './record-peers.ts';
import { recordingPath, writeRecording } from './recording.ts';

const SECONDS_DEFAULT = 600;
const SCRAPE_INTERVAL_MS = 1000;

try {
  const { values } = parseArgs({ options: { seconds: { type: 'string' } } });
  const scrapeCount = Number(values.seconds ?? SECONDS_DEFAULT);
  if (!Number.isInteger(scrapeCount) || scrapeCount < 1) {
    throw new RangeError(`--seconds ${values.seconds}: want a whole number`);
  }
  const recording = await recordPeers({ scrapeCount, intervalMs: SCRAPE_INTERVAL_MS });
  const path = recordingPath(scrapeCount);
  writeRecording(path, recording);
  console.log(`${recording.series.length} series, ${scrapeCount} scrapes: ${path}`);
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = 1;
}
