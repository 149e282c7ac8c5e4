/**
 * Numbers new series: fingerprint → ref in the shared table, label bytes into the `series` table at the next
 * commit, and into the index once enough wait. Only the writing thread uses it.
 */
import { LabelFingerprint, type SampleBatch, walkLabelBytes } from '@promontory/model';
import { FingerprintTable } from './head/fingerprint-table.ts';
import { putIntoIndex, type WaitingSeries, walkFingerprintPage } from './index/index-writer.ts';
import { CHECKSUM_BYTES, mustBeIntact, sealRecord } from './store/checksum.ts';
import { refKey } from './store/keys.ts';
import type { Store } from './store/store.ts';

export class SeriesRegistry {
  readonly table = new FingerprintTable();
  readonly #store: Store;
  readonly #seriesMax: number;
  #nextRef: number;
  #indexedRefEnd: number;
  #recordedRefEnd: number;
  /** The series from `indexedRefEnd` to `nextRef`. */
  #waiting: WaitingSeries[] = [];

  constructor(store: Store, seriesMax: number, nextRef: number, indexedRefEnd: number) {
    this.#store = store;
    this.#seriesMax = seriesMax;
    this.#nextRef = nextRef;
    this.#indexedRefEnd = indexedRefEnd;
    this.#recordedRefEnd = nextRef;
  }

  get nextRef(): number {
    return this.#nextRef;
  }

  /** Below this ref every series has its record on disk. */
  get recordedRefEnd(): number {
    return this.#recordedRefEnd;
  }

  get indexedRefEnd(): number {
    return this.#indexedRefEnd;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  get hasUnrecorded(): boolean {
    return this.#recordedRefEnd < this.#nextRef;
  }

  /** Fills table and waiting list from disk. */
  load(fingerprintKey: Int32Array): void {
    for (const { key, value } of this.#store.fingerprints.range(refKey(0), Buffer.alloc(5, 0xff))) {
      const firstRef = key.readUInt32BE(0);
      walkFingerprintPage(
        mustBeIntact(value, `fingerprint page ${firstRef}`),
        (index, lane0, lane1, lane2) => {
          this.table.insert(lane0, lane1, lane2, firstRef + index);
        },
      );
    }
    const fingerprint = new LabelFingerprint(fingerprintKey);
    for (const { key, value } of this.#store.series.range(
      refKey(this.#indexedRefEnd),
      Buffer.alloc(5, 0xff),
    )) {
      const ref = key.readUInt32BE(0);
      const labelBytes = mustBeIntact(value, `series ${ref}`).subarray(CHECKSUM_BYTES);
      fingerprint.reset();
      const view = new DataView(labelBytes.buffer, labelBytes.byteOffset, labelBytes.byteLength);
      walkLabelBytes(labelBytes, 0, labelBytes.length, (span) =>
        fingerprint.add(view, span.messageStart, span.valueEnd),
      );
      this.#add(ref, fingerprint.lane0, fingerprint.lane1, fingerprint.lane2, labelBytes);
    }
  }

  /** The ref of the k-th new series of a batch, giving it one when nobody did before; 0 at the limit. */
  refOf(batch: SampleBatch, seriesIndex: number): number {
    const lane0 = batch.newSeriesLane(seriesIndex, 0);
    const lane1 = batch.newSeriesLane(seriesIndex, 1);
    const lane2 = batch.newSeriesLane(seriesIndex, 2);
    const known = this.table.find(lane0, lane1, lane2);
    if (known !== 0) return known;
    if (this.#nextRef > this.#seriesMax) return 0;
    const ref = this.#nextRef++;
    this.#add(ref, lane0, lane1, lane2, Buffer.from(batch.unsafeViewLabelBytes(seriesIndex)));
    return ref;
  }

  /** The label bytes of a series that is not in the index yet, null of any other. */
  waitingLabelBytes(ref: number): Buffer | null {
    return this.#waiting[ref - this.#indexedRefEnd]?.labelBytes ?? null;
  }

  /** Puts the records of series that have none yet. Inside a write transaction; then `markRecorded`. */
  putRecords(): void {
    for (let ref = this.#recordedRefEnd; ref < this.#nextRef; ref++) {
      const labelBytes = this.#waiting[ref - this.#indexedRefEnd]?.labelBytes ?? Buffer.alloc(0);
      const record = Buffer.allocUnsafe(CHECKSUM_BYTES + labelBytes.length);
      labelBytes.copy(record, CHECKSUM_BYTES);
      this.#store.series.put(refKey(ref), sealRecord(record));
    }
  }

  markRecorded(): void {
    this.#recordedRefEnd = this.#nextRef;
  }

  /** Puts the waiting series into the index. Inside a write transaction; then `markIndexed`. */
  putIndex(): void {
    putIntoIndex(this.#store, this.#waiting);
  }

  markIndexed(): void {
    this.#indexedRefEnd = this.#nextRef;
    this.#waiting = [];
  }

  #add(ref: number, lane0: number, lane1: number, lane2: number, labelBytes: Buffer): void {
    this.table.insert(lane0, lane1, lane2, ref);
    this.#waiting.push({ ref, labelBytes, lane0, lane1, lane2 });
  }
}
