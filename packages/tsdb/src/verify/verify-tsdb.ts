/**
 * Checks a closed database, or a backup: every checksum, and everything that two places say about one thing.
 * It reads all of it once, the index up to four times, and changes nothing.
 *
 * Memory grows with the series by a bit each, and with the largest segment of a block. The work is done in short
 * pieces, between which other work of the thread goes on.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PromontoryError, systemClock } from '@promontory/base';
import { ERR_VERIFY_CANCELLED } from '../error-codes.ts';
import type { OnDamage } from '../store/damage.ts';
import { DirectoryLock } from '../store/directory-lock.ts';
import { DATA_FILE } from '../store/environment-seal.ts';
import { openError } from '../store/lmdb-errors.ts';
import { checkLmdbFile } from '../store/lmdb-file-check.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import { MAIN_FOLDER, Store, TABLE_NAMES } from '../store/store.ts';
import { RefBits } from './ref-bits.ts';
import { Findings, type VerificationCounts, type VerificationResult, type Verified } from './verification.ts';
import { verifyBlocks } from './verify-blocks.ts';
import { verifyLogs } from './verify-logs.ts';
import { verifySeries } from './verify-series.ts';
import { verifySideTables } from './verify-side-tables.ts';

const PIECE_MS = 10;

export interface VerifyOptions {
  /** Of a database that nobody has open, or of a backup. */
  readonly directory: string;
  /** Ends the verification early. */
  readonly signal?: AbortSignal;
  /** Called between pieces of work with what was looked at so far. */
  readonly onProgress?: (counts: Readonly<VerificationCounts>) => void;
  /** Called for each finding when it is found. */
  readonly onFinding?: OnDamage;
}

/**
 * @throws PromontoryError ERR_STORE_LOCKED, ERR_STORE_READ (unavailable), ERR_VERIFY_CANCELLED (cancelled); all
 *   that is wrong with the database itself is a finding
 */
export async function verifyTsdb(options: VerifyOptions): Promise<VerificationResult> {
  const findings = new Findings(options.onFinding);
  const main = join(options.directory, MAIN_FOLDER);
  if (!existsSync(join(main, DATA_FILE))) {
    findings.add('main', 'main', 'there is no data file');
    return findings.result;
  }
  const lock = await DirectoryLock.acquire(options.directory);
  try {
    const damage = checkLmdbFile(main, TABLE_NAMES);
    if (damage === null) await verifyOpen(options, findings);
    else findings.add('main', damage.page === null ? 'main' : `page ${damage.page}`, damage.reason);
  } catch (error) {
    throw openError(options.directory, error);
  } finally {
    await lock.release();
  }
  return findings.result;
}

async function verifyOpen(options: VerifyOptions, findings: Findings): Promise<void> {
  const store = new Store(options.directory);
  const snapshot = store.environment.openSnapshot();
  let verified: Verified | null = null;
  try {
    verified = readState(options.directory, store, snapshot, findings);
    if (verified !== null) await runInPieces(verifyAll(verified), options, findings);
  } finally {
    for (const opened of verified?.opened ?? []) await opened.close();
    snapshot.close();
    await store.close();
  }
}

function* verifyAll(verified: Verified): Generator<void> {
  yield* verifySeries(verified);
  yield* verifyBlocks(verified);
  yield* verifyLogs(verified);
  yield* verifySideTables(verified);
}

/** @returns null when what everything else is compared with cannot be read */
function readState(
  directory: string,
  store: Store,
  snapshot: LmdbSnapshot,
  findings: Findings,
): Verified | null {
  const meta = findings.tryRead('meta record', 'meta', () => store.readMeta(snapshot));
  const state = findings.tryRead('index state', 'index state', () => store.readIndexState(snapshot));
  if (meta === null && findings.result.findings.length === 0)
    findings.add('meta record', 'meta', 'it is missing');
  if (meta === null || state === null) return null;
  const { nextRef, indexedRefEnd, fingerprintedRefEnd } = state;
  if (indexedRefEnd > nextRef || fingerprintedRefEnd > indexedRefEnd) {
    const reason = `next ref ${nextRef}, indexed ref end ${indexedRefEnd}, fingerprinted ref end ${fingerprintedRefEnd} are out of order`;
    findings.add('index state', 'index state', reason);
  }
  return { directory, store, snapshot, meta, state, findings, series: new RefBits(nextRef), opened: [] };
}

async function runInPieces(
  work: Generator<void>,
  { signal, onProgress }: VerifyOptions,
  { counts }: Findings,
): Promise<void> {
  try {
    for (let pieceEndMs = 0; work.next().done !== true;) {
      if (systemClock.monotonicMs() < pieceEndMs) continue;
      if (signal?.aborted === true) throw cancelled();
      onProgress?.(counts);
      await nextTurn();
      pieceEndMs = systemClock.monotonicMs() + PIECE_MS;
    }
  } finally {
    work.return(undefined);
  }
}

function cancelled(): PromontoryError {
  return new PromontoryError('cannot finish the verification: it was cancelled', {
    code: ERR_VERIFY_CANCELLED,
    kind: 'cancelled',
  });
}
