/** Exemplars from a request into a batch. The labels stand in the message (1.0), or it refers to symbols (2.0). */
import type { RejectionTally, SampleBatch } from '@promontory/model';
import { ERR_SYMBOL_REF_INVALID } from '../error-codes.ts';
import { type ProtobufScan, WIRE_FIXED64, WIRE_VARINT } from '../protobuf-scan.ts';
import { failExtrasMax } from './batch-room.ts';
import { LabelRefs } from './label-refs.ts';
import { type SeriesLabelLimits, SeriesLabels } from './series-labels.ts';
import type { SymbolTable } from './symbol-table.ts';

const TAG_VALUE = (2 << 3) | WIRE_FIXED64;
const TAG_TIMESTAMP = (3 << 3) | WIRE_VARINT;

export class ExemplarIntake {
  readonly #scan: ProtobufScan;
  readonly labels: SeriesLabels;
  readonly #symbols: SymbolTable | null;
  readonly #refs: LabelRefs | null;

  /** @param symbols null for remote write 1.0 */
  constructor(limits: SeriesLabelLimits, scan: ProtobufScan, symbols: SymbolTable | null) {
    this.#scan = scan;
    this.labels = new SeriesLabels(limits, scan, false);
    this.#symbols = symbols;
    this.#refs = symbols === null ? null : new LabelRefs(symbols);
  }

  /**
   * Takes the exemplar from the scan's position to `end`. Its ref is set later, with those of the samples.
   *
   * @param view of the scanned bytes
   * @param tally receives one that refers to symbols which are not there: the message is not what was meant
   * @param leftOut receives one that is refused for another reason
   * @param describe the labels of its series
   * @throws PromontoryError ERR_PROTOBUF_INVALID, ERR_WRITE_SAMPLES_MAX
   */
  take(
    view: DataView,
    end: number,
    batch: SampleBatch,
    tally: RejectionTally,
    leftOut: RejectionTally,
    describe: () => string,
  ): void {
    const scan = this.#scan;
    const { labels } = this;
    const refs = this.#refs;
    const symbols = this.#symbols;
    const start = scan.position;
    let value = 0;
    let timestampMs = 0;
    refs?.clear();
    while (scan.position < end) {
      const tag = scan.tag(end);
      if (tag === TAG_VALUE) value = scan.double(view, end);
      else if (tag === TAG_TIMESTAMP) timestampMs = scan.varint64(end);
      else if (refs === null || !refs.tryRead(tag, scan, end)) scan.skip(tag, end);
    }
    const fault = refs?.findFault() ?? '';
    if (fault !== '') {
      tally.add(ERR_SYMBOL_REF_INVALID, 1, () => `an exemplar of series ${describe()} ${fault}`);
      return;
    }
    const areRead =
      refs === null || symbols === null ? labels.tryRead(start, end) : labels.tryReadRefs(refs, symbols);
    if (!areRead) {
      const { refusalCode, refusalDetail } = labels;
      leftOut.add(refusalCode, 1, () => {
        const exemplar = labels.describe();
        return `the exemplar ${exemplar} of series ${describe()} ${refusalDetail}`;
      });
      return;
    }
    const labelBytes = labels.canonical.subarray(0, labels.canonicalLength);
    if (!batch.extras.tryAddExemplar(0, timestampMs, value, labelBytes)) failExtrasMax(batch);
  }
}
