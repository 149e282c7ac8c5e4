// HOT PATH: about 10 ns a sample, no allocation; write-walk.bench.ts.
/** Reads the Sample messages of remote write into a batch. Both versions have the same fields; 2.0 has one more. */
import type { SampleBatch } from '@promontory/model';
import { failProtobuf, type ProtobufScan, WIRE_FIXED64, WIRE_VARINT } from '../protobuf-scan.ts';
import { failSamplesMax } from './batch-room.ts';

export const TAG_SAMPLE_VALUE = (1 << 3) | WIRE_FIXED64;
const TAG_TIMESTAMP = (2 << 3) | WIRE_VARINT;
const TAG_START_TIMESTAMP = (3 << 3) | WIRE_VARINT;
const TWO_POW_28 = 2 ** 28;
const TWO_POW_35 = 2 ** 35;

export class SampleReader {
  /** Of the scanned bytes. */
  view: DataView = new DataView(new ArrayBuffer(0));
  readonly #scan: ProtobufScan;

  constructor(scan: ProtobufScan) {
    this.#scan = scan;
  }

  /**
   * Appends the sample in `[start, end)` to the batch, without its ref.
   *
   * @throws PromontoryError ERR_PROTOBUF_INVALID, ERR_WRITE_SAMPLES_MAX
   */
  read(start: number, end: number, batch: SampleBatch): void {
    const bytes = this.#scan.bytes;
    const index = batch.sampleCount;
    if (index === batch.samplesCapacity && !batch.tryGrowSamples()) failSamplesMax(batch);
    // value, then a timestamp of six bytes: every time between 1971 and 2109
    if (end - start === 16 && bytes[start] === TAG_SAMPLE_VALUE && bytes[start + 9] === TAG_TIMESTAMP) {
      const b0 = bytes[start + 10]!;
      const b1 = bytes[start + 11]!;
      const b2 = bytes[start + 12]!;
      const b3 = bytes[start + 13]!;
      const b4 = bytes[start + 14]!;
      const b5 = bytes[start + 15]!;
      if ((b0 & b1 & b2 & b3 & b4 & 128) !== 0 && b5 < 128) {
        const low = (b0 & 127) | ((b1 & 127) << 7) | ((b2 & 127) << 14) | ((b3 & 127) << 21);
        batch.timestampMs[index] = low + (b4 & 127) * TWO_POW_28 + b5 * TWO_POW_35;
        batch.valueWords[2 * index] = this.view.getInt32(start + 1, true);
        batch.valueWords[2 * index + 1] = this.view.getInt32(start + 5, true);
        batch.sampleCount = index + 1;
        return;
      }
    }
    this.#readAny(start, end, batch, index);
  }

  /** Fields in any order, zero values left out. */
  #readAny(start: number, end: number, batch: SampleBatch, index: number): void {
    const scan = this.#scan;
    scan.position = start;
    let timestampMs = 0;
    let startTimestampMs = 0;
    let low = 0;
    let high = 0;
    while (scan.position < end) {
      const tag = scan.tag(end);
      if (tag === TAG_SAMPLE_VALUE) {
        if (scan.position + 8 > end) failProtobuf('truncated sample value', scan.position);
        low = this.view.getInt32(scan.position, true);
        high = this.view.getInt32(scan.position + 4, true);
        scan.position += 8;
      } else if (tag === TAG_TIMESTAMP) {
        timestampMs = scan.varint64(end);
      } else if (tag === TAG_START_TIMESTAMP) {
        startTimestampMs = scan.varint64(end);
      } else {
        scan.skip(tag, end);
      }
    }
    batch.timestampMs[index] = timestampMs;
    batch.valueWords[2 * index] = low;
    batch.valueWords[2 * index + 1] = high;
    batch.sampleCount = index + 1;
    if (startTimestampMs !== 0) batch.setStart(index, startTimestampMs);
  }
}
