/** Decides about the exemplars and metadata of batches, and keeps those that are taken for the next commit. */
import type { Clock } from '@promontory/base';
import { decodeLabelBytes, type RejectionTally, type SampleBatch } from '@promontory/model';
import { ERR_EXEMPLAR_INVALID, ERR_METADATA_INVALID, ERR_METADATA_MAX } from '../error-codes.ts';
import { type Exemplar, findExemplarFault } from '../exemplars/exemplar-record.ts';
import type { ExemplarWriter } from '../exemplars/exemplar-store.ts';
import { findMetadataFault } from '../metadata/metadata-record.ts';
import type { MetadataWriter } from '../metadata/metadata-store.ts';
import type { TsdbLimits } from '../options.ts';
import type { Refusal } from '../refusal.ts';
import type { SeriesRegistry } from '../series-registry.ts';
import { refusalOutside } from './batch-checks.ts';

export interface ExtrasIntakeParts {
  readonly registry: SeriesRegistry;
  readonly exemplars: ExemplarWriter;
  readonly metadata: MetadataWriter;
  readonly limits: TsdbLimits;
  readonly clock: Clock;
}

/** What became of the exemplars and metadata of a batch. */
export interface ExtrasWritten {
  /** Those that were there already count. */
  readonly exemplars: number;
  readonly metadata: number;
}

export class ExtrasIntake {
  readonly #parts: ExtrasIntakeParts;

  constructor(parts: ExtrasIntakeParts) {
    this.#parts = parts;
  }

  /**
   * The series of the batch are registered already.
   *
   * @param tally receives what was refused, by code
   */
  append(batch: SampleBatch, tally: RejectionTally): ExtrasWritten {
    const { exemplarCount, metadataCount } = batch.extras;
    let exemplars = 0;
    for (let index = 0; index < exemplarCount; index++) {
      if (this.#appendExemplar(batch, index, tally)) exemplars++;
    }
    let metadata = 0;
    for (let index = 0; index < metadataCount; index++) {
      if (this.#appendMetadata(batch, index, tally)) metadata++;
    }
    return { exemplars, metadata };
  }

  #appendExemplar(batch: SampleBatch, index: number, tally: RejectionTally): boolean {
    const { registry, exemplars } = this.#parts;
    const { extras } = batch;
    const given = extras.exemplarRef(index);
    const ref = given < 0 ? this.#refOfNew(batch, -given - 1) : given;
    const exemplar = {
      labels: decodeLabelBytes(extras.unsafeViewExemplarLabels(index).slice()),
      value: extras.exemplarValue(index),
      timestampMs: extras.exemplarTimestampMs(index),
    };
    const refusal =
      ref === 0 ? registry.refusal(batch.unsafeViewLabelBytes(-given - 1)) : this.#exemplarRefusal(exemplar);
    if (refusal === null) {
      exemplars.add(ref, exemplar);
      return true;
    }
    tally.add(refusal.code, 1, () => `exemplar of ${this.#describeSeries(batch, given)}: ${refusal.why()}`);
    return false;
  }

  /** @returns 0 for one that was refused; others are in the table by now */
  #refOfNew(batch: SampleBatch, seriesIndex: number): number {
    return this.#parts.registry.table.find(
      batch.newSeriesLane(seriesIndex, 0),
      batch.newSeriesLane(seriesIndex, 1),
      batch.newSeriesLane(seriesIndex, 2),
    );
  }

  /** Its time has the bounds of a sample's: one from far ahead would stay, and push out others, for as long. */
  #exemplarRefusal(exemplar: Exemplar): Refusal | null {
    const { clock, limits } = this.#parts;
    const fault = findExemplarFault(exemplar);
    if (fault !== '') return { code: ERR_EXEMPLAR_INVALID, why: () => `is not valid: ${fault}` };
    return refusalOutside(exemplar.timestampMs, clock.nowMs(), limits);
  }

  /** For error texts: must not fail, whatever is on disk. */
  #describeSeries(batch: SampleBatch, ref: number): string {
    if (ref < 0) return decodeLabelBytes(batch.unsafeViewLabelBytes(-ref - 1).slice()).toString();
    return this.#parts.registry.labels(ref)?.toString() ?? `series ${ref}`;
  }

  #appendMetadata({ extras }: SampleBatch, index: number, tally: RejectionTally): boolean {
    const { metadata, clock } = this.#parts;
    const metricName = extras.metadataMetricName(index);
    const said = extras.metadata(index);
    const fault = findMetadataFault(metricName, said);
    if (fault !== '') {
      tally.add(
        ERR_METADATA_INVALID,
        1,
        () => `metadata of metric ${JSON.stringify(metricName.slice(0, 200))}: ${fault}`,
      );
      return false;
    }
    if (metadata.add(metricName, said, clock.nowMs())) return true;
    tally.add(ERR_METADATA_MAX, 1, () => metadata.refusal(metricName));
    return false;
  }
}
