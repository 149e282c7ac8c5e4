/** Scrapes of real programs, one after the other, and the file that keeps them between runs. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PromontoryError } from '@promontory/base';
import { ERR_BENCH_RECORDING } from '../error-codes.ts';

const FORMAT = 'promontory-recording-1';

export interface RecordedSeries {
  /** With the metric's name; job and instance say whose it is. */
  readonly labels: Readonly<Record<string, string>>;
  /** The values as they were written, one a scrape; empty where the series was not there. */
  readonly values: readonly string[];
}

export interface Recording {
  readonly scrapeCount: number;
  readonly series: readonly RecordedSeries[];
}

/** In `$XDG_CACHE_HOME/promontory-bench`, or the same below `~/.cache`. */
export function recordingPath(scrapeCount: number): string {
  const cacheHome = process.env['XDG_CACHE_HOME'];
  const cache = cacheHome === undefined || cacheHome === '' ? join(homedir(), '.cache') : cacheHome;
  return join(cache, 'promontory-bench', `recording-${scrapeCount}.json.gz`);
}

/** @throws PromontoryError ERR_BENCH_RECORDING when the file is not a whole recording */
export function tryReadRecording(path: string): Recording | null {
  if (!existsSync(path)) return null;
  try {
    const text = gunzipSync(readFileSync(path)).toString('utf8');
    const { format, ...recording } = JSON.parse(text) as Recording & { readonly format: string };
    if (format !== FORMAT) throw new TypeError(`its format is ${format}, want ${FORMAT}`);
    return recording;
  } catch (cause) {
    throw new PromontoryError(`cannot read the recording ${path}: delete it to make a new one`, {
      code: ERR_BENCH_RECORDING,
      kind: 'corrupt',
      cause,
    });
  }
}

/** Takes the file's place in one step. */
export function writeRecording(path: string, recording: Recording): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, gzipSync(JSON.stringify({ format: FORMAT, ...recording })));
  renameSync(`${path}.new`, path);
}
