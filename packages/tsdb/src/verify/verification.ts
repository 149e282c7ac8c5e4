/** What a verification goes by and gathers. */
import { errorCode, errorMessage } from '@promontory/base';
import { ERR_STORE_READ } from '../error-codes.ts';
import type { IndexState } from '../index/index-state-record.ts';
import { type Damage, type DamagedUnit, DamageLog, type OnDamage } from '../store/damage.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Meta } from '../store/meta-record.ts';
import type { Store } from '../store/store.ts';
import type { RefBits } from './ref-bits.ts';

/** How much was looked at. */
export interface VerificationCounts {
  /** Indexed and waiting. */
  series: number;
  postingsRuns: number;
  fingerprints: number;
  blocks: number;
  chunks: number;
  logRecords: number;
  /** Floats and histograms, in blocks and logs. */
  samples: number;
  exemplars: number;
  metadata: number;
  tombstones: number;
}

export interface VerificationResult {
  /** Each place once; empty when all is well. */
  readonly findings: readonly Damage[];
  /** Whether there was more than fits. */
  readonly isTruncated: boolean;
  readonly counts: Readonly<VerificationCounts>;
}

/** Collects what is wrong. */
export class Findings {
  readonly counts: VerificationCounts = {
    series: 0,
    postingsRuns: 0,
    fingerprints: 0,
    blocks: 0,
    chunks: 0,
    logRecords: 0,
    samples: 0,
    exemplars: 0,
    metadata: 0,
    tombstones: 0,
  };
  readonly #log: DamageLog;

  constructor(onFinding: OnDamage | undefined) {
    this.#log = new DamageLog(onFinding);
  }

  get report(): OnDamage {
    return this.#log.report;
  }

  get result(): VerificationResult {
    const { damages, isFull } = this.#log;
    return { findings: damages, isTruncated: isFull, counts: this.counts };
  }

  add(what: DamagedUnit, where: string, reason: string): void {
    this.report({ what, where, reason });
  }

  /**
   * Runs `read`, which decodes a record.
   *
   * @returns null when it fails, whatever it finds wrong: that is added
   * @throws PromontoryError ERR_STORE_READ: nothing says that the record is damaged
   */
  tryRead<T>(what: DamagedUnit, where: string, read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (errorCode(error) === ERR_STORE_READ) throw error;
      this.add(what, where, errorMessage(error));
      return null;
    }
  }
}

/** What the parts of a verification work on. */
export interface Verified {
  readonly directory: string;
  readonly store: Store;
  readonly snapshot: LmdbSnapshot;
  readonly meta: Meta;
  readonly state: IndexState;
  readonly findings: Findings;
  /** Series whose labels could be read. */
  readonly series: RefBits;
  /** Closed once the verification has ended: its steps are synchronous. */
  readonly opened: { close(): Promise<void> }[];
}

/** @returns whether the ref was given to a series once, dropped or not */
export function wasGiven({ state }: Verified, ref: number): boolean {
  return ref > 0 && ref < state.nextRef;
}
