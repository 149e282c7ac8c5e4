/** Reads the stream that ChunkFrameWriter writes, for clients and tests. */
import { PromontoryError } from '@promontory/base';
import { ERR_READ_FRAME_INVALID } from '../error-codes.ts';
import { crc32c } from './crc32c.ts';

const CHECKSUM_BYTES = 4;
const LENGTH_BYTES_MAX = 5;

export class ChunkFrameReader {
  readonly #messageBytesMax: number;
  #bytes: Uint8Array = new Uint8Array(0);

  /** @param messageBytesMax a frame that announces more is refused before memory is taken for it */
  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** @param bytes any part of the stream, after the parts before; copied */
  push(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    this.#bytes = joined;
  }

  /**
   * @returns the message of the next frame, the caller's; null when it has not come whole yet
   * @throws PromontoryError ERR_READ_FRAME_INVALID when it is too large, or does not have the checksum that it says
   */
  next(): Uint8Array | null {
    let length = 0;
    let at = 0;
    for (;;) {
      const byte = this.#bytes[at];
      if (byte === undefined) return null;
      length += (byte & 127) * 128 ** at;
      at++;
      if (byte < 128) break;
      if (at === LENGTH_BYTES_MAX) throw invalidFrame(`its length has more than ${LENGTH_BYTES_MAX} bytes`);
    }
    if (length > this.#messageBytesMax) {
      throw invalidFrame(`it is too large; got ${length} bytes, want at most ${this.#messageBytesMax}`);
    }
    const start = at + CHECKSUM_BYTES;
    const end = start + length;
    if (this.#bytes.length < end) return null;
    const { buffer, byteOffset } = this.#bytes;
    const expected = new DataView(buffer, byteOffset + at, CHECKSUM_BYTES).getUint32(0, false);
    if (crc32c(this.#bytes, start, end) !== expected) throw invalidFrame('its checksum is wrong');
    const message = this.#bytes.slice(start, end);
    this.#bytes = this.#bytes.subarray(end);
    return message;
  }

  /** @throws PromontoryError ERR_READ_FRAME_INVALID when the stream ended in the middle of a frame */
  end(): void {
    if (this.#bytes.length > 0) throw invalidFrame(`the stream ends in the middle of it`);
  }
}

function invalidFrame(why: string): PromontoryError {
  return new PromontoryError(`cannot read frame of a chunked response: ${why}`, {
    code: ERR_READ_FRAME_INVALID,
    kind: 'bad-data',
  });
}
