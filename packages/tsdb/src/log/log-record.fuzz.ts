import { errorCode, SeededRandom } from '@promontory/base';
import { allocateSampleBatch, SampleBatch } from '@promontory/model';
import { expect, it } from 'vitest';
import { sealRecord } from '../store/checksum.ts';
import { decodeLogRecord, encodeLogRecord } from './log-record.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const BOUNDS = { samplesMax: 1 << 12, labelBytesMax: 1 << 16 };

function randomBatch(random: SeededRandom, batch: SampleBatch): void {
  batch.clear();
  const reach = [1, 60_000, 2 ** 40][random.nextInt(3)] ?? 1;
  const starts = random.nextInt(4);
  batch.sampleCount = random.nextInt(40);
  for (let index = 0; index < batch.sampleCount; index++) {
    batch.ref[index] = random.nextInt(4) === 0 ? 0 : 1 + random.nextInt(1e6);
    batch.timestampMs[index] = 1e12 + random.nextInt(reach);
    batch.valueWords[2 * index] = random.nextUint32();
    batch.valueWords[2 * index + 1] = random.nextUint32();
    if (starts === 1) batch.setStart(index, 1e11);
    else if (starts === 2 && random.nextInt(2) === 0) batch.setStart(index, 1e11 + index);
    else if (starts === 3) batch.setStart(index, random.nextInt(3) - 1);
  }
  for (let count = random.nextInt(4); count > 0; count--) {
    const bytes = Uint8Array.from({ length: random.nextInt(30) }, () => random.nextInt(256));
    batch.tryAddHistogram(random.nextInt(3), 1e12 + random.nextInt(reach), random.nextInt(2) * 1e11, bytes);
  }
}

/** What is in a batch with a positive ref. */
function contentOf(batch: SampleBatch): unknown[] {
  const content: unknown[] = [];
  for (let index = 0; index < batch.sampleCount; index++) {
    if (batch.ref[index]! <= 0) continue;
    const words = [...batch.valueWords.subarray(2 * index, 2 * index + 2)];
    content.push([batch.ref[index], batch.timestampMs[index], batch.startOf(index), words]);
  }
  for (let index = 0; index < batch.histogramCount; index++) {
    if (batch.histogramRef(index) <= 0) continue;
    const times = [batch.histogramTimestampMs(index), batch.histogramStartMs(index)];
    content.push([batch.histogramRef(index), times, [...batch.unsafeViewHistogram(index)]]);
  }
  return content;
}

it(`a log record gives back its batch (seed ${SEED})`, () => {
  const random = new SeededRandom(SEED);
  const batch = new SampleBatch(allocateSampleBatch(BOUNDS));
  const replayed = new SampleBatch(allocateSampleBatch(BOUNDS));
  for (let round = 0; round < 2000; round++) {
    randomBatch(random, batch);
    const record = encodeLogRecord(batch);
    replayed.clear();
    if (record !== null) decodeLogRecord(record, replayed, 'record');
    expect(contentOf(replayed)).toEqual(contentOf(batch));
  }
});

/** The code of the error that decoding gives, `none` when it gives samples. */
function codeOfDecoding(record: Buffer, target: SampleBatch): string | undefined {
  target.clear();
  try {
    decodeLogRecord(record, target, 'record');
  } catch (error) {
    return errorCode(error);
  }
  // Whatever was read is within the batch and names series.
  return contentOf(target).length === target.sampleCount + target.histogramCount ? 'none' : 'refs';
}

it(`a log record with wrong bytes is refused by code, or read when its checksum is right (seed ${SEED})`, () => {
  const random = new SeededRandom(SEED);
  const batch = new SampleBatch(allocateSampleBatch(BOUNDS));
  const target = new SampleBatch(allocateSampleBatch(BOUNDS));
  const codes = { plain: new Set<unknown>(), sealed: new Set<unknown>() };
  for (let round = 0; round < 20_000; round++) {
    if (round % 20 === 0) randomBatch(random, batch);
    const record = encodeLogRecord(batch);
    if (record === null) continue;
    // The header is what decides about lengths: half of the changes go there.
    const at = random.nextInt(random.nextInt(2) === 0 ? Math.min(28, record.length) : record.length);
    record[at] = record[at]! ^ (1 << random.nextInt(8));
    codes.plain.add(codeOfDecoding(record, target));
    const cut = random.nextInt(4) === 0 ? record.subarray(0, 4 + random.nextInt(record.length - 4)) : record;
    codes.sealed.add(codeOfDecoding(sealRecord(cut), target));
  }
  expect(codes.plain).toEqual(new Set(['ERR_STORE_CORRUPT']));
  expect(codes.sealed).toEqual(new Set(['ERR_STORE_CORRUPT', 'ERR_STORE_FORMAT_VERSION', 'none']));
});
