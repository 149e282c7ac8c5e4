/** From the labels of a series that the decoder does not remember to its ref in the batch. */
import { LabelFingerprint, type RejectionTally, type SampleBatch } from '@promontory/model';
import type { ProtobufScan } from '../protobuf-scan.ts';
import { failSamplesMax } from './batch-room.ts';
import { type SeriesLabelLimits, SeriesLabels } from './series-labels.ts';

/** Finds the ref of a series by its fingerprint. */
export interface SeriesLookup {
  /** @returns a positive ref, or 0 when the series is not known (yet) */
  find(lane0: number, lane1: number, lane2: number): number;
}

export class SeriesResolver {
  readonly #fingerprint: LabelFingerprint;
  readonly #lookup: SeriesLookup;
  /** To be read first. */
  readonly labels: SeriesLabels;

  /**
   * @param fingerprintKey the database's own three words
   * @param scan of the bytes that hold the labels
   */
  constructor(
    fingerprintKey: Int32Array,
    lookup: SeriesLookup,
    limits: SeriesLabelLimits,
    scan: ProtobufScan,
  ) {
    this.#fingerprint = new LabelFingerprint(fingerprintKey);
    this.#lookup = lookup;
    this.labels = new SeriesLabels(limits, scan);
  }

  /**
   * The ref of the series whose labels were read; a new series goes into the batch.
   *
   * @param areRead what reading `labels` returned
   * @param count of what is refused with the series, at least one
   * @returns a ref (of either sign), or 0 when the series is refused
   * @throws PromontoryError ERR_WRITE_SAMPLES_MAX
   */
  resolve(areRead: boolean, count: number, batch: SampleBatch, tally: RejectionTally): number {
    const { labels } = this;
    const fingerprint = this.#fingerprint;
    if (!areRead) {
      tally.add(labels.refusalCode, count, () => `series ${labels.describe()} ${labels.refusalDetail}`);
      return 0;
    }
    fingerprint.reset();
    labels.addTo(fingerprint);
    const { lane0, lane1, lane2 } = fingerprint;
    const known = this.#lookup.find(lane0, lane1, lane2);
    if (known !== 0) return known;
    const ref = batch.addNewSeries(lane0, lane1, lane2, labels.canonical.subarray(0, labels.canonicalLength));
    return ref === 0 ? failSamplesMax(batch) : ref;
  }
}
