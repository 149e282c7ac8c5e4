import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { decodeChunkedReadResponse, type WireChunk } from '../proto/index.ts';
import { ChunkFrameReader } from './chunk-frame-reader.ts';
import { ChunkFrameWriter } from './chunk-frame-writer.ts';
import { crc32c } from './crc32c.ts';

const LABELS = Labels.fromObject({ __name__: 'up', job: 'ü😀' });
const invalid = expect.objectContaining({ code: 'ERR_READ_FRAME_INVALID', kind: 'bad-data' });

function chunkOf(startMsInclusive: number, byteCount: number): WireChunk {
  const data = Uint8Array.from({ length: byteCount }, (_, at) => at);
  return { startMsInclusive, endMsInclusive: startMsInclusive + 9, encoding: 'float-histogram', data };
}

function messagesOf(stream: Uint8Array, pieceBytes = stream.length): Uint8Array[] {
  const reader = new ChunkFrameReader(1 << 20);
  const messages: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += pieceBytes) {
    reader.push(stream.subarray(at, at + pieceBytes));
    for (let message = reader.next(); message !== null; message = reader.next()) messages.push(message);
  }
  reader.end();
  return messages;
}

describe('crc32c', () => {
  it.each([
    ['nothing', '', 0],
    ['the check string of the catalogue', '123456789', 0xe3069283],
    ['one letter', 'a', 0xc1d04330],
  ])('of %s', (_name, text, expected) => {
    expect(crc32c(new TextEncoder().encode(text))).toBe(expected);
  });

  it('of 32 zeros, ones, and ascending bytes, as RFC 3720 has them', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at))).toBe(0x46dd794e);
  });

  it('of a part is that of the bytes alone', () => {
    const bytes = Uint8Array.from({ length: 40 }, (_, at) => at * 7);
    expect(crc32c(bytes, 3, 30)).toBe(crc32c(bytes.slice(3, 30)));
  });
});

describe('frames', () => {
  it('are length, checksum and message', () => {
    const writer = new ChunkFrameWriter(1000);
    writer.startSeries(2, Labels.fromObject({ a: 'b' }));
    writer.addChunk({ startMsInclusive: -1, endMsInclusive: 300, encoding: 'xor', data: Uint8Array.of(7) });
    writer.endSeries();
    const label = '0a06 0a0161 120162';
    const chunk = '1213 08ffffffffffffffffff01 10ac02 1801 220107';
    const message = `0a1d ${label} ${chunk} 1002`.replaceAll(' ', '');
    const frame = Buffer.from(writer.takePiece()).toString('hex');
    const checksum = crc32c(Buffer.from(message, 'hex')).toString(16).padStart(8, '0');
    expect(frame).toBe(`21${checksum}${message}`);
  });

  it('are read from pieces of any size', () => {
    const writer = new ChunkFrameWriter(1000);
    for (let query = 0; query < 3; query++) {
      writer.startSeries(query, LABELS);
      writer.addChunk(chunkOf(-5, 200));
      writer.addChunk(chunkOf(2 ** 41, 0));
      writer.endSeries();
    }
    const stream = writer.takePiece();
    expect(writer.pieceBytes).toBe(0);
    for (const pieceBytes of [1, 7, 100, stream.length]) {
      const responses = messagesOf(stream, pieceBytes).map(decodeChunkedReadResponse);
      expect(responses).toEqual(
        [0, 1, 2].map((queryIndex) => ({
          queryIndex,
          series: [
            {
              labels: [...LABELS.entries()].map(([name, value]) => ({ name, value })),
              chunks: [chunkOf(-5, 200), chunkOf(2 ** 41, 0)],
            },
          ],
        })),
      );
    }
  });

  it('end at their size, and the series goes on in the next with its labels', () => {
    const writer = new ChunkFrameWriter(250);
    writer.startSeries(0, LABELS);
    for (let at = 0; at < 5; at++) writer.addChunk(chunkOf(at * 10, 100));
    writer.endSeries();
    const responses = messagesOf(writer.takePiece()).map(decodeChunkedReadResponse);
    expect(responses.map(({ series }) => series.map(({ chunks }) => chunks.length))).toEqual([[2], [2], [1]]);
    expect(new Set(responses.map(({ series }) => JSON.stringify(series[0]?.labels))).size).toBe(1);
  });

  it('are not made of a series without chunks', () => {
    const writer = new ChunkFrameWriter(250);
    writer.startSeries(0, LABELS);
    writer.endSeries();
    expect(writer.takePiece().length).toBe(0);
  });

  it('of labels without well-formed text stay whole', () => {
    const writer = new ChunkFrameWriter(250);
    writer.startSeries(0, Labels.fromObject({ a: 'x\ud800', b: '\udc00y', c: '\ud83d\ude00' }));
    writer.addChunk(chunkOf(0, 1));
    writer.endSeries();
    const [response] = messagesOf(writer.takePiece()).map(decodeChunkedReadResponse);
    expect(response?.series[0]?.labels.map(({ value }) => value)).toEqual(['x\ufffd', '\ufffdy', '😀']);
  });

  it('are refused when they are damaged, too large or torn', () => {
    const writer = new ChunkFrameWriter(250);
    writer.startSeries(0, LABELS);
    writer.addChunk(chunkOf(0, 100));
    writer.endSeries();
    const stream = writer.takePiece();
    for (const at of [2, 5, 30, stream.length - 1]) {
      const damaged = Uint8Array.from(stream);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => messagesOf(damaged)).toThrow(invalid);
    }
    expect(() => messagesOf(stream.subarray(0, 40))).toThrow(invalid);
    const small = new ChunkFrameReader(10);
    small.push(stream);
    expect(() => small.next()).toThrow(invalid);
    const endless = new ChunkFrameReader(10);
    endless.push(new Uint8Array(6).fill(0xff));
    expect(() => endless.next()).toThrow(invalid);
  });
});
