/** Records of the index with any bytes and a right checksum: they are read, or refused by code. */
import { errorCode, SeededRandom } from '@promontory/base';
import { encodeLabelBytes, Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { FuzzInputs } from '../fuzz-inputs.ts';
import { sealUnderKey } from '../store/checksum.ts';
import { refKey } from '../store/keys.ts';
import { PostingsEncoder, PostingsRun } from './postings-record.ts';
import { SeriesPage } from './series-page.ts';
import { SeriesPageEncoder } from './series-page-encoder.ts';
import { SeriesPairs } from './series-pairs.ts';
import { encodeWaitingBatch, walkWaitingBatch } from './waiting-batch.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const ROUNDS = 20_000;
const PAGE = 1;
const KEY = refKey(PAGE);
const REFUSALS: readonly unknown[] = [ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION];

/** A record without its checksum, which is made right. */
function inputsOf(name: string, read: (record: Buffer) => void): FuzzInputs {
  return new FuzzInputs(import.meta.dirname, name, (input) => {
    const record = Buffer.concat([Buffer.alloc(4), input]);
    try {
      read(sealUnderKey(KEY, record));
    } catch (error) {
      if (!REFUSALS.includes(errorCode(error))) throw error;
    }
  });
}

const pages = inputsOf('series-page', (record) => {
  const page = new SeriesPage(KEY, record);
  for (const ref of page.refs(PAGE)) {
    page.labels(ref % 128);
    page.copyLabelBytes(ref % 128);
  }
});
const runs = inputsOf('postings-run', (record) => {
  const run = new PostingsRun(KEY, record);
  run.refs();
  run.cutValue();
});
const batches = inputsOf('waiting-batch', (record) => {
  walkWaitingBatch(KEY, record, (_index, bytes, start, end) => {
    if (end > bytes.length || start > end) throw new RangeError('label bytes outside of the record');
  });
});

function labelBytesOf(random: SeededRandom, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_unused, index) =>
    encodeLabelBytes(
      Labels.fromObject({
        __name__: `m${random.nextInt(3)}`,
        index: `${index}`,
        a: 'é'.repeat(random.nextInt(9)),
      }),
    ),
  );
}

const makers: Readonly<Record<string, (random: SeededRandom) => Buffer>> = {
  'series page': (random) => {
    const pairs = new SeriesPairs(5);
    for (const [index, bytes] of labelBytesOf(random, 1 + random.nextInt(20)).entries())
      pairs.add(PAGE * 128 + index, bytes, 0, bytes.length);
    return new SeriesPageEncoder(pairs).encode(KEY, 0, pairs.seriesCount);
  },
  'postings run': (random) => {
    let ref = 0;
    const refs = Int32Array.from({ length: 1 + random.nextInt(30) }, () => (ref += 1 + random.nextInt(500)));
    const cutValue = 'x'.repeat(random.nextInt(2) * random.nextInt(50));
    return new PostingsEncoder().unsafeEncode(KEY, refs, 0, refs.length, cutValue);
  },
  'waiting batch': (random) => {
    const series = labelBytesOf(random, 1 + random.nextInt(20));
    let end = 0;
    const bounds = Int32Array.from([0, ...series.map((bytes) => (end += bytes.length))]);
    return encodeWaitingBatch(KEY, Buffer.concat(series), bounds);
  },
};

/** Changes some bytes, most often near the front, where counts and lengths are; sometimes cuts the end off. */
function spoilt(record: Buffer, random: SeededRandom): Buffer {
  const input = Buffer.from(record.subarray(4));
  for (let changes = 1 + random.nextInt(3); changes > 0; changes--) {
    const at = random.nextInt(random.nextInt(2) === 0 ? Math.min(30, input.length) : input.length);
    input[at] = random.nextInt(2) === 0 ? random.nextInt(256) : input[at]! ^ (1 << random.nextInt(8));
  }
  return random.nextInt(4) === 0 ? input.subarray(0, random.nextInt(input.length)) : input;
}

describe.each([
  ['series page', pages],
  ['postings run', runs],
  ['waiting batch', batches],
])('a %s', (what, inputs) => {
  it('that failed once passes', () => {
    expect(inputs.replay()).toBeGreaterThan(0);
  });

  it(`with wrong bytes is read, or refused by code (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    expect(inputs.run(ROUNDS, () => spoilt(makers[what]!(random), random))).toBe(ROUNDS);
  });
});
