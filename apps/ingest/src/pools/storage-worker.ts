/** Entry of the storage thread: opens the database, says so, and runs the storage stage until the end. */
import type { MessagePort } from 'node:worker_threads';
import { errorCode, errorMessage, PromontoryError, type ErrorKind } from '@promontory/base';
import type { TsdbLimits } from '@promontory/tsdb';
import { type GenerationsMemory, TsdbWriter } from '@promontory/tsdb/threads';
import { ERR_INTERNAL } from '../error-codes.ts';
import { StorageStage, type StorageStageOptions } from '../pipeline/storage-stage.ts';

export interface StorageTask {
  readonly directory: string;
  readonly limits: Partial<TsdbLimits>;
  readonly stage: StorageStageOptions;
  /** Receives one StorageOpening. */
  readonly openingPort: MessagePort;
  /** Receives each Damage. */
  readonly damagePort: MessagePort;
  /** Receives each MaintenanceFailure. */
  readonly failurePort: MessagePort;
}

/** Errors lose class and code on their way between threads, so they travel as data. */
export type StorageOpening =
  | {
      readonly isOpen: true;
      readonly generations: GenerationsMemory;
      readonly fingerprintKey: Int32Array;
      readonly table: SharedArrayBuffer;
      readonly lookupEpochs: SharedArrayBuffer;
      readonly seriesCount: number;
    }
  | { readonly isOpen: false; readonly code: string; readonly kind: ErrorKind; readonly message: string };

export async function runStorageStage(task: StorageTask): Promise<void> {
  const writer = tryOpen(task);
  if (writer === null) return;
  await new StorageStage(writer, task.stage, (failure) => task.failurePort.postMessage(failure)).run();
}

function tryOpen(task: StorageTask): TsdbWriter | null {
  const tell = (opening: StorageOpening): void => task.openingPort.postMessage(opening);
  try {
    const writer = new TsdbWriter({
      directory: task.directory,
      limits: task.limits,
      onDamage: (damage) => task.damagePort.postMessage(damage),
    });
    tell({
      isOpen: true,
      generations: writer.memory,
      fingerprintKey: writer.fingerprintKey,
      table: writer.fingerprintTable.memory,
      lookupEpochs: writer.lookupEpochs.memory,
      seriesCount: writer.seriesCount,
    });
    return writer;
  } catch (error) {
    tell({
      isOpen: false,
      code: errorCode(error) ?? ERR_INTERNAL,
      kind: error instanceof PromontoryError ? error.kind : 'internal',
      message: errorMessage(error),
    });
    return null;
  }
}
