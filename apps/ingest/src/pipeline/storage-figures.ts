/** What the storage thread tells about itself: doubles in shared memory, written by it and read for /metrics. */
import type { TsdbWriter, WriterStatistics } from '@promontory/tsdb';

const FIGURES = [
  'samplesAppended',
  'samplesDuplicate',
  'samplesLate',
  'commits',
  'blocksWritten',
  'blocksDropped',
  'histogramsAppended',
  'logRecordsDamaged',
] as const satisfies readonly (keyof WriterStatistics)[];
const SERIES = FIGURES.length;
const MAINTENANCE_FAILURES = SERIES + 1;
const MAINTENANCE_FAILING = SERIES + 2;
const COUNT = SERIES + 3;

export interface StorageReading extends WriterStatistics {
  readonly series: number;
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
    return {
      samplesAppended: at(0),
      samplesDuplicate: at(1),
      samplesLate: at(2),
      commits: at(3),
      blocksWritten: at(4),
      blocksDropped: at(5),
      histogramsAppended: at(6),
      logRecordsDamaged: at(7),
      series: at(SERIES),
      maintenanceFailures: at(MAINTENANCE_FAILURES),
      isMaintenanceFailing: at(MAINTENANCE_FAILING) === 1,
    };
  }
}
