/**
 * The stream of a chunked response: frames, each
 *
 *   length of the message, varint | CRC-32C of the message, 4 bytes, big-endian | message
 *
 * and the message a `prometheus.ChunkedReadResponse`. A frame has one series: Prometheus's client reads the first series
 * of a frame and no other. A series whose chunks have more bytes than a frame may have goes on in the next one, with its
 * labels again.
 */
import { assert } from '@promontory/base';
import type { Labels } from '@promontory/model';
import type { WireChunk, WireChunkEncoding } from '../proto/read-response.ts';
import { crc32c } from './crc32c.ts';
import { ProtobufWriter, varintBytes } from './protobuf-writer.ts';

const ENCODING_NUMBERS: Readonly<Record<WireChunkEncoding, number>> = {
  unknown: 0,
  xor: 1,
  histogram: 2,
  'float-histogram': 3,
};
const CHECKSUM_BYTES = 4;
/** Of a series in a response, and of a chunk in a series. */
const TAG_SERIES = 0x0a;
const TAG_QUERY_INDEX = 0x10;
const TAG_CHUNK = 0x12;
/** Of a chunk. */
const TAG_START = 0x08;
const TAG_END = 0x10;
const TAG_ENCODING = 0x18;
const TAG_DATA = 0x22;

/** One a response; its buffers stay as large as its largest frame and piece. */
export class ChunkFrameWriter {
  readonly #frameBytesMax: number;
  readonly #labels = new ProtobufWriter();
  readonly #chunks = new ProtobufWriter();
  readonly #chunkHead = new ProtobufWriter();
  readonly #piece = new ProtobufWriter();
  #queryIndex = 0;

  /** @param frameBytesMax labels and chunks that a frame has before it ends; the last chunk may go beyond */
  constructor(frameBytesMax: number) {
    assert(frameBytesMax > 0, 'a frame has bytes', { frameBytesMax });
    this.#frameBytesMax = frameBytesMax;
  }

  /** Bytes of whole frames that nobody has taken. */
  get pieceBytes(): number {
    return this.#piece.length;
  }

  /** The series before must be over. */
  startSeries(queryIndex: number, labels: Labels): void {
    assert(this.#chunks.length === 0, 'the series before is over');
    this.#queryIndex = queryIndex;
    this.#labels.clear();
    this.#labels.labels(labels);
  }

  /** @param chunk not kept; in time after those before */
  addChunk({ startMsInclusive, endMsInclusive, encoding, data }: WireChunk): void {
    // Only now it is known that the frame before was not the last of its series.
    if (this.#labels.length + this.#chunks.length >= this.#frameBytesMax) this.#endFrame();
    const head = this.#chunkHead;
    head.clear();
    head.int64Field(TAG_START, startMsInclusive);
    head.int64Field(TAG_END, endMsInclusive);
    head.int64Field(TAG_ENCODING, ENCODING_NUMBERS[encoding]);
    head.bytesHead(TAG_DATA, data.length);
    this.#chunks.bytesHead(TAG_CHUNK, head.length + data.length);
    this.#chunks.raw(head.unsafeView());
    this.#chunks.raw(data);
  }

  /** A series without chunks leaves no frame: a client could not read one. */
  endSeries(): void {
    if (this.#chunks.length > 0) this.#endFrame();
  }

  /** @returns the whole frames since the last piece, in order; the caller's */
  takePiece(): Uint8Array {
    const piece = this.#piece.unsafeView().slice();
    this.#piece.clear();
    return piece;
  }

  #endFrame(): void {
    const piece = this.#piece;
    const seriesBytes = this.#labels.length + this.#chunks.length;
    const indexBytes = this.#queryIndex === 0 ? 0 : 1 + varintBytes(this.#queryIndex);
    piece.varint(1 + varintBytes(seriesBytes) + seriesBytes + indexBytes);
    const checksumAt = piece.length;
    piece.reserve(CHECKSUM_BYTES);
    piece.length += CHECKSUM_BYTES;
    piece.bytesHead(TAG_SERIES, seriesBytes);
    piece.raw(this.#labels.unsafeView());
    piece.raw(this.#chunks.unsafeView());
    if (this.#queryIndex > 0) piece.int64Field(TAG_QUERY_INDEX, this.#queryIndex);
    const checksum = crc32c(piece.bytes, checksumAt + CHECKSUM_BYTES, piece.length);
    piece.view.setUint32(checksumAt, checksum, false);
    this.#chunks.clear();
  }
}
