/** Checks the logs of the generations that are not in blocks: every record, and that its series exist. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeHistogram, type SampleBatch } from '@promontory/model';
import { allocateRecordBatch, findRecordDamage } from '../log/log-record-check.ts';
import { GENERATIONS_MAX } from '../head/generations.ts';
import {
  expectLogs,
  Log,
  LOG_FOLDER,
  logPath,
  MISSING_LOG,
  RECORDS_TABLE,
  reportLogsAside,
  STRANGE_LOG,
} from '../log/log.ts';
import { DATA_FILE } from '../store/environment-seal.ts';
import { checkLmdbFile } from '../store/lmdb-file-check.ts';
import type { Verified } from './verification.ts';

/** In steps of a record. */
export function* verifyLogs(verified: Verified): Generator<void> {
  const { directory, meta, state, findings } = verified;
  const parent = join(directory, LOG_FOLDER);
  const batch = allocateRecordBatch();
  reportLogsAside(parent, findings.report);
  const logs = expectLogs(parent, meta.flushedGeneration, GENERATIONS_MAX, state.nextRef > 1);
  for (const generation of logs.missing) findings.add('log', `log ${generation}`, MISSING_LOG);
  for (const generation of logs.strange) findings.add('log', `log ${generation}`, STRANGE_LOG);
  for (const generation of logs.generations) {
    const path = logPath(parent, generation);
    if (!existsSync(join(path, DATA_FILE))) continue;
    const damage = checkLmdbFile(path, [RECORDS_TABLE]);
    if (damage === null) yield* verifyRecords(verified, new Log(parent, generation, 'disk'), batch);
    else findings.add('log', `log ${generation}, page ${damage.page ?? 'unknown'}`, damage.reason);
  }
}

function* verifyRecords(
  { findings, series, opened }: Verified,
  log: Log,
  batch: SampleBatch,
): Generator<void> {
  const isKnown = (ref: number): boolean => series.has(ref);
  let next = 0;
  opened.push(log);
  for (const { record, sequence } of log.replay()) {
    const where = `log ${log.generation} record ${sequence}`;
    findings.counts.logRecords++;
    if (sequence !== next)
      findings.add('log record', `log ${log.generation} record ${next}`, 'it is missing');
    next = sequence + 1;
    findings.tryRead('log record', where, () => {
      const reason = findRecordDamage(record, batch, where, isKnown);
      if (reason !== null) return findings.add('log record', where, reason);
      findings.counts.samples += batch.sampleCount + batch.histogramCount;
      for (let index = 0; index < batch.histogramCount; index++)
        decodeHistogram(batch.unsafeViewHistogram(index));
    });
    yield;
  }
}
