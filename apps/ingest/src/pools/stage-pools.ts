/**
 * The threads of the write path. piscina owns the workers; each runs one resident task that drains a shared
 * ring, because a piscina call a request would cost more than decoding it.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { PromontoryError } from '@promontory/base';
import type { OtlpTranslationOptions } from '@promontory/otlp';
import type { Damage, OnDamage, TsdbLimits } from '@promontory/tsdb';
import type { GenerationsMemory } from '@promontory/tsdb/threads';
import type { SeriesLabelLimits } from '@promontory/wire';
import { ERR_INTERNAL } from '../error-codes.ts';
import type { PipelineMemory } from '../pipeline/pipeline-memory.ts';
import type { MaintenanceFailure } from '../pipeline/storage-stage.ts';
import type { StorageOpening, StorageTask } from './storage-worker.ts';
import type { DecodeStageOptions } from '../pipeline/decode-stage.ts';
import { threadsLoaded } from './threads-loaded.ts';

const STORAGE_WORKER = new URL('./storage-worker.ts', import.meta.url);
const DECODE_WORKER = new URL('./decode-worker.ts', import.meta.url);
export const STAGE_WORKERS = [STORAGE_WORKER, DECODE_WORKER];

export interface StagePoolsOptions {
  readonly directory: string;
  readonly tsdbLimits: Partial<TsdbLimits>;
  readonly labelLimits: SeriesLabelLimits;
  readonly decodedBytesMax: number;
  readonly otlp: OtlpTranslationOptions;
  readonly decodeThreads: number;
  /** Options of Node.js for the threads; null for those of the command line. */
  readonly execArgv: readonly string[] | null;
  readonly memory: PipelineMemory;
  readonly figures: SharedArrayBuffer;
  /** Told of what the storage thread found damaged and left out, each place once. */
  readonly onDamage: OnDamage;
  /** Told when background work of the storage thread fails, and again when it fails otherwise. */
  readonly onMaintenanceFailure: (failure: MaintenanceFailure) => void;
}

export class StagePools {
  readonly generations: GenerationsMemory;
  readonly seriesCount: number;
  /** To the storage thread's desk for administrative requests. */
  readonly adminPort: MessagePort;
  /** Settles when a stage ends: rejects when one ended by itself. */
  readonly ended: Promise<void>;
  readonly #pools: readonly Piscina[];
  readonly #loaded: Promise<void>;

  private constructor(
    opening: OpenStorage,
    adminPort: MessagePort,
    pools: readonly Piscina[],
    stages: readonly Promise<void>[],
    loaded: Promise<void>,
  ) {
    this.adminPort = adminPort;
    this.generations = opening.generations;
    this.seriesCount = opening.seriesCount;
    this.#pools = pools;
    this.#loaded = loaded;
    this.ended = Promise.all(stages).then(() => undefined);
  }

  /**
   * Opens the database in the storage thread and starts all stages.
   *
   * @throws PromontoryError what opening the database throws
   */
  static async start(options: StagePoolsOptions): Promise<StagePools> {
    const channels = Array.from({ length: options.decodeThreads }, () => new MessageChannel());
    const storage = newPool(STORAGE_WORKER, 1, options.execArgv);
    // Threads take longer to start than a database to open: they start beside it.
    const decoders = newPool(DECODE_WORKER, options.decodeThreads, options.execArgv);
    const decodersLoaded = threadsLoaded(decoders, options.decodeThreads);
    const openingChannel = new MessageChannel();
    const damageChannel = new MessageChannel();
    damageChannel.port1.on('message', (damage: Damage) => options.onDamage(damage)).unref();
    const adminChannel = new MessageChannel();
    const failureChannel = new MessageChannel();
    failureChannel.port1.on('message', options.onMaintenanceFailure).unref();
    const task: StorageTask = {
      directory: options.directory,
      limits: options.tsdbLimits,
      stage: {
        memory: options.memory,
        figures: options.figures,
        tablePorts: channels.map(({ port1 }) => port1),
        adminPort: adminChannel.port2,
      },
      openingPort: openingChannel.port2,
      damagePort: damageChannel.port2,
      failurePort: failureChannel.port2,
    };
    const { tablePorts, adminPort } = task.stage;
    const transfer = [task.openingPort, task.damagePort, task.failurePort, adminPort, ...tablePorts];
    const storageEnd = storage.run(task, {
      name: 'runStorageStage',
      transferList: transfer,
    }) as Promise<void>;
    const opening = await Promise.race([
      receiveOpening(openingChannel.port1),
      storageEnd.then(() => lastWords(openingChannel.port1)),
    ]);
    openingChannel.port1.close();
    if (!opening.isOpen) {
      await decodersLoaded;
      await Promise.all([storage.destroy(), decoders.destroy()]);
      throw new PromontoryError(opening.message, opening);
    }
    const decoderEnds = channels.map(({ port2 }) => runDecoder(decoders, options, opening, port2));
    const { port1 } = adminChannel;
    return new StagePools(opening, port1, [storage, decoders], [storageEnd, ...decoderEnds], decodersLoaded);
  }

  /** Ends the threads, done or not. */
  async destroy(): Promise<void> {
    // All stages can have ended on some of the threads while others still load.
    await this.#loaded;
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }
}

type OpenStorage = Extract<StorageOpening, { isOpen: true }>;

function newPool(entry: URL, threads: number, execArgv: readonly string[] | null): Piscina {
  return new Piscina({
    filename: entry.href,
    ...(execArgv !== null && { execArgv: [...execArgv] }),
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    atomics: 'disabled',
  });
}

function runDecoder(
  pool: Piscina,
  options: StagePoolsOptions,
  opening: OpenStorage,
  tablePort: MessagePort,
): Promise<void> {
  const stage: DecodeStageOptions = {
    memory: options.memory,
    fingerprintKey: opening.fingerprintKey,
    table: opening.table,
    lookupEpochs: opening.lookupEpochs,
    tablePort,
    labelLimits: options.labelLimits,
    decodedBytesMax: options.decodedBytesMax,
    otlp: options.otlp,
  };
  return pool.run(stage, { name: 'runDecodeStage', transferList: [tablePort] }) as Promise<void>;
}

function receiveOpening(port: MessagePort): Promise<StorageOpening> {
  return new Promise((resolve) => {
    port.once('message', resolve);
  });
}

/** The end of a thread may be known before what it said last. */
function lastWords(port: MessagePort): StorageOpening {
  const received = receiveMessageOnPort(port);
  if (received !== undefined) return received.message as StorageOpening;
  return {
    isOpen: false,
    code: ERR_INTERNAL,
    kind: 'internal',
    message: 'the storage thread ended as it started',
  };
}
