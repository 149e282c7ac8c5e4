/** What the storage thread tells about itself: doubles in shared memory, written by it and read for /metrics. */
import type { WriterStatistics } from '@promontory/tsdb';
import type { TsdbWriter } from '@promontory/tsdb/threads';

const FIGURES = [
  'samplesAppended',
  'histogramsAppended',
  'samplesDuplicate',
  'samplesLate',
  'commits',
  'blocksWritten',
  'blocksDropped',
  'blocksMerged',
  'seriesIdled',
  'seriesDropped',
] as const satisfies readonly (keyof WriterStatistics)[];
const SERIES = FIGURES.length;
const DAMAGES = SERIES + 1;
const MAINTENANCE_FAILURES = SERIES + 2;
const MAINTENANCE_FAILING = SERIES + 3;
const COUNT = SERIES + 4;

export interface StorageReading extends Readonly<WriterStatistics> {
  readonly series: number;
  /** Places found damaged and left out. */
  readonly damages: number;
  readonly maintenanceFailures: number;
  /** The last background step failed. */
  readonly isMaintenanceFailing: boolean;
}

export class StorageFigures {
  readonly #figures: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#figures = new Float64Array(memory);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(COUNT * 8);
  }

  publish(writer: TsdbWriter): void {
    for (const [index, name] of FIGURES.entries()) this.#figures[index] = writer.statistics[name];
    this.#figures[SERIES] = writer.seriesCount;
    this.#figures[DAMAGES] = writer.damages.length;
  }

  countMaintenanceFailure(): void {
    this.#figures[MAINTENANCE_FAILURES] = (this.#figures[MAINTENANCE_FAILURES] ?? 0) + 1;
    this.#figures[MAINTENANCE_FAILING] = 1;
  }

  clearMaintenanceFailure(): void {
    this.#figures[MAINTENANCE_FAILING] = 0;
  }

  read(): StorageReading {
    const at = (index: number): number => this.#figures[index] ?? 0;
    const figure = (name: (typeof FIGURES)[number]): number => at(FIGURES.indexOf(name));
    return {
      samplesAppended: figure('samplesAppended'),
      histogramsAppended: figure('histogramsAppended'),
      samplesDuplicate: figure('samplesDuplicate'),
      samplesLate: figure('samplesLate'),
      commits: figure('commits'),
      blocksWritten: figure('blocksWritten'),
      blocksDropped: figure('blocksDropped'),
      blocksMerged: figure('blocksMerged'),
      seriesIdled: figure('seriesIdled'),
      seriesDropped: figure('seriesDropped'),
      series: at(SERIES),
      damages: at(DAMAGES),
      maintenanceFailures: at(MAINTENANCE_FAILURES),
      isMaintenanceFailing: at(MAINTENANCE_FAILING) === 1,
    };
  }
}
