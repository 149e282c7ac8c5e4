/**
 * The seal of a built LMDB environment: a small file beside its data file, by which the parts that LMDB itself
 * trusts are checked before LMDB sees them. LMDB has no checksums of its own: a flipped bit in a page of its tree
 * would make it read outside its map, and a data file that is cut off or not LMDB's may end the process too.
 *
 *   crc32 u32 | version u8 | 0 u24 | data file length f64 | page count u32 | crc32 of those pages u32 |
 *   page numbers: distance varint × page count
 *
 * Sealed are all pages but the runs that hold large values, which have checksums of their own. Which pages those
 * are is read from the page headers when the environment is finished.
 */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { assert, PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { mustBeIntact, sealRecord } from './checksum.ts';
import {
  FLAG_META,
  FLAG_RUN,
  FLAGS_AT,
  META_PAGES,
  PAGE_BYTES,
  PAGE_HEADER_BYTES,
  RUN_PAGES_AT,
} from './lmdb-page.ts';
import { ByteReader, malformedBytes, VARINT_BYTES_MAX, writeVarint } from './varint.ts';

export const DATA_FILE = 'data.mdb';
export const SEAL_FILE = 'seal';
const VERSION = 1;
const PAGE_COUNT_AT = 16;
const PAGES_AT = 24;

const PAGES_PER_TURN = 4096;

/**
 * Writes the seal of the closed environment and syncs it.
 *
 * @returns the length of the data file
 */
export async function writeEnvironmentSeal(directory: string): Promise<number> {
  const bytes = statSync(join(directory, DATA_FILE)).size;
  const descriptor = openSync(join(directory, DATA_FILE), 'r');
  let record: Buffer;
  try {
    const pages = await listSealedPages(descriptor, bytes / PAGE_BYTES);
    record = encodeSeal(bytes, pages, pagesChecksum(descriptor, pages));
  } finally {
    closeSync(descriptor);
  }
  const file = await open(join(directory, SEAL_FILE), 'w');
  try {
    await file.writeFile(record);
    await file.sync();
  } finally {
    await file.close();
  }
  return bytes;
}

/**
 * Compares the data file's length and the sealed pages with the seal.
 *
 * @returns the length of the data file
 * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION; and what the file system throws
 */
export function mustMatchEnvironmentSeal(directory: string): number {
  const record = mustBeIntact(readFileSync(join(directory, SEAL_FILE)), `seal of ${directory}`);
  const version = record.length > 4 ? record.readUInt8(4) : 0;
  if (version !== VERSION) {
    throw new PromontoryError(`cannot open ${directory}: seal version ${version}, want ${VERSION}`, {
      code: ERR_STORE_FORMAT_VERSION,
      kind: 'corrupt',
      context: { version },
    });
  }
  if (record.length < PAGES_AT) throw corrupt(directory, 'its seal is too short');
  const bytes = record.readDoubleLE(8);
  const found = statSync(join(directory, DATA_FILE)).size;
  if (found !== bytes)
    throw corrupt(directory, `its data file has another length; got ${found} bytes, want ${bytes}`);
  const pages = readPageNumbers(record, bytes / PAGE_BYTES);
  const descriptor = openSync(join(directory, DATA_FILE), 'r');
  try {
    if (pagesChecksum(descriptor, pages) !== record.readUInt32LE(20))
      throw corrupt(directory, 'the checksum of its pages does not match');
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

/** @throws PromontoryError ERR_STORE_CORRUPT when they do not ascend below `pageCount` */
function readPageNumbers(record: Buffer, pageCount: number): Uint32Array {
  const reader = new ByteReader().reset(record, PAGE_COUNT_AT, record.length);
  const count = reader.readUint32();
  reader.skip(PAGES_AT - reader.offset);
  if (count > reader.end - reader.offset) throw malformedBytes(`${count} page numbers`, PAGE_COUNT_AT);
  const pages = new Uint32Array(count);
  let page = 0;
  for (let index = 0; index < count; index++) {
    const distance = reader.readVarint();
    page += distance;
    if (page >= pageCount || (index > 0 && distance === 0))
      throw malformedBytes(`page ${page} of ${pageCount}`, reader.offset);
    pages[index] = page;
  }
  reader.finish();
  return pages;
}

export interface LargeValue {
  /** In the data file. */
  readonly offset: number;
  /** The pages it lies in may be longer than itself. */
  readonly bytesMax: number;
}

/** Where a data file has values in runs of pages of their own; also of one that does not match its seal. */
export function listLargeValues(descriptor: number, fileBytes: number): LargeValue[] {
  const header = Buffer.alloc(PAGE_HEADER_BYTES);
  const values: LargeValue[] = [];
  const pageCount = Math.floor(fileBytes / PAGE_BYTES);
  for (let page = META_PAGES; page < pageCount;) {
    readSync(descriptor, header, 0, PAGE_HEADER_BYTES, page * PAGE_BYTES);
    const pagesOfIt = header.readUInt32LE(RUN_PAGES_AT);
    const isRun =
      (header.readUInt16LE(FLAGS_AT) & FLAG_RUN) !== 0 &&
      header.readUInt32LE(0) === page &&
      pagesOfIt > 0 &&
      page + pagesOfIt <= pageCount;
    if (isRun) {
      const offset = page * PAGE_BYTES + PAGE_HEADER_BYTES;
      values.push({ offset, bytesMax: pagesOfIt * PAGE_BYTES - PAGE_HEADER_BYTES });
    }
    page += isRun ? pagesOfIt : 1;
  }
  return values;
}

async function listSealedPages(descriptor: number, pageCount: number): Promise<Uint32Array> {
  assert(Number.isInteger(pageCount) && pageCount >= META_PAGES, 'data file has whole pages', { pageCount });
  const header = Buffer.alloc(PAGE_HEADER_BYTES);
  const pages: number[] = [];
  for (let page = 0, visited = 0; page < pageCount; visited++) {
    if (visited % PAGES_PER_TURN === PAGES_PER_TURN - 1) await nextTurn();
    readSync(descriptor, header, 0, PAGE_HEADER_BYTES, page * PAGE_BYTES);
    const flags = header.readUInt16LE(FLAGS_AT);
    const isRun = (flags & FLAG_RUN) !== 0;
    assert(page >= META_PAGES || (flags & FLAG_META) !== 0, 'data file starts with meta pages', { page });
    assert(!isRun || header.readUInt32LE(0) === page, 'page headers are where they should be', { page });
    if (!isRun) pages.push(page);
    const pagesOfIt = isRun ? header.readUInt32LE(RUN_PAGES_AT) : 1;
    assert(pagesOfIt > 0 && page + pagesOfIt <= pageCount, 'runs of pages end in the data file', { page });
    page += pagesOfIt;
  }
  return Uint32Array.from(pages);
}

function pagesChecksum(descriptor: number, pages: Uint32Array): number {
  const bytes = Buffer.alloc(PAGE_BYTES);
  let checksum = 0;
  for (const page of pages) {
    const read = readSync(descriptor, bytes, 0, PAGE_BYTES, page * PAGE_BYTES);
    checksum = crc32(bytes.subarray(0, read), checksum);
  }
  return checksum;
}

function encodeSeal(bytes: number, pages: Uint32Array, checksum: number): Buffer {
  const record = Buffer.alloc(PAGES_AT + VARINT_BYTES_MAX * pages.length);
  record.writeUInt8(VERSION, 4);
  record.writeDoubleLE(bytes, 8);
  record.writeUInt32LE(pages.length, PAGE_COUNT_AT);
  record.writeUInt32LE(checksum, 20);
  let end = PAGES_AT;
  let previous = 0;
  for (const page of pages) {
    end = writeVarint(record, end, page - previous);
    previous = page;
  }
  return sealRecord(record.subarray(0, end));
}

function corrupt(directory: string, why: string): PromontoryError {
  return new PromontoryError(`cannot open ${directory}: ${why}`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
    context: { directory },
  });
}
