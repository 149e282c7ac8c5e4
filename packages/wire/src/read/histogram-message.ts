/** Native histograms as `prometheus.Histogram` messages, straight into bytes. */
import { COUNTER_RESET_HINTS, type HistogramBuckets, type HistogramSample } from '@promontory/model';
import { DoubleWords } from '../chunks/double-words.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** Number of the field × 8 + how it is encoded. */
const TAG = {
  countInteger: 0x08,
  countFloat: 0x11,
  sum: 0x19,
  schema: 0x20,
  zeroThreshold: 0x29,
  zeroCountInteger: 0x30,
  zeroCountFloat: 0x39,
  negative: { spans: 0x42, deltas: 0x4a, counts: 0x52 },
  positive: { spans: 0x5a, deltas: 0x62, counts: 0x6a },
  resetHint: 0x70,
  timestamp: 0x78,
  customValues: 0x82,
} as const;
const TAG_SPAN_OFFSET = 0x08;
const TAG_SPAN_LENGTH = 0x10;

/** One a thread: it has the memory of the message before. */
export class HistogramMessage {
  readonly #message = new ProtobufWriter();
  readonly #packed = new ProtobufWriter();
  readonly #words = new DoubleWords();

  /** @returns the message; the memory of this object, until the next call */
  unsafeEncode({ timestampMs, histogram }: HistogramSample): Uint8Array {
    const { isInteger, isStale, positive, negative, customValues } = histogram;
    const message = this.#message;
    message.clear();
    if (isInteger) message.int64Field(TAG.countInteger, histogram.count);
    else this.#double(TAG.countFloat, histogram.count);
    if (isStale) {
      this.#words.setStale();
      message.fixed64Field(TAG.sum, this.#words.high, this.#words.low);
    } else this.#double(TAG.sum, histogram.sum);
    message.varint(TAG.schema);
    message.zigzag(histogram.schema);
    this.#double(TAG.zeroThreshold, histogram.zeroThreshold);
    if (isInteger) message.int64Field(TAG.zeroCountInteger, histogram.zeroCount);
    else this.#double(TAG.zeroCountFloat, histogram.zeroCount);
    this.#buckets(negative, TAG.negative, isInteger);
    this.#buckets(positive, TAG.positive, isInteger);
    message.int64Field(TAG.resetHint, COUNTER_RESET_HINTS.indexOf(histogram.counterResetHint));
    message.int64Field(TAG.timestamp, timestampMs);
    if (customValues.length > 0) {
      message.varint(TAG.customValues);
      this.#doubles(customValues);
    }
    return message.unsafeView();
  }

  #buckets(
    { spanOffsets, spanLengths, counts }: HistogramBuckets,
    tags: { readonly spans: number; readonly deltas: number; readonly counts: number },
    isInteger: boolean,
  ): void {
    const packed = this.#packed;
    for (let span = 0; span < spanOffsets.length; span++) {
      packed.clear();
      packed.varint(TAG_SPAN_OFFSET);
      packed.zigzag(spanOffsets[span]!);
      packed.int64Field(TAG_SPAN_LENGTH, spanLengths[span]!);
      this.#message.bytesHead(tags.spans, packed.length);
      this.#message.raw(packed.unsafeView());
    }
    if (counts.length === 0) return;
    if (!isInteger) {
      this.#message.varint(tags.counts);
      this.#doubles(counts);
      return;
    }
    packed.clear();
    for (let at = 0; at < counts.length; at++) packed.zigzag(counts[at]! - (at === 0 ? 0 : counts[at - 1]!));
    this.#message.bytesHead(tags.deltas, packed.length);
    this.#message.raw(packed.unsafeView());
  }

  /** Their length in bytes, and they. */
  #doubles(values: Float64Array): void {
    const message = this.#message;
    message.varint(8 * values.length);
    message.reserve(8 * values.length);
    for (let at = 0; at < values.length; at++) {
      this.#words.value = values[at]!;
      message.fixed64(this.#words.high, this.#words.low);
    }
  }

  #double(tag: number, value: number): void {
    this.#words.value = value;
    this.#message.fixed64Field(tag, this.#words.high, this.#words.low);
  }
}
