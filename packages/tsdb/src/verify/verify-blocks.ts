/** Checks the blocks: their records against their folders, every chunk, and that their series are in the index. */
import { join } from 'node:path';
import { errorCode, errorMessage } from '@promontory/base';
import type { Block } from '../block/block-header.ts';
import type { BlockReader } from '../block/block-reader.ts';
import { decodeBlockRecord } from '../block/block-record.ts';
import { BLOCKS_FOLDER } from '../block/block-store.ts';
import { OpenBlocks } from '../block/open-blocks.ts';
import { START_TIMESTAMPS } from '../block/stream-kind.ts';
import { verifyBlock } from '../block/verify-block.ts';
import { ColumnCodec } from '../chunk/column-codec.ts';
import { ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { KEY_END, KEY_START } from '../store/keys.ts';
import type { Verified } from './verification.ts';

/** In steps of a chunk. */
export function* verifyBlocks(verified: Verified): Generator<void> {
  const { store, snapshot, findings, directory } = verified;
  const codec = new ColumnCodec();
  const open = new OpenBlocks({
    blocksDirectory: join(directory, BLOCKS_FOLDER),
    codec,
    decodedBytesMax: 0,
    onDamage: findings.report,
  });
  verified.opened.push(open);
  for (const { key, value } of store.blocks.range(KEY_START, KEY_END, snapshot)) {
    findings.counts.blocks++;
    const id = key.length === 4 ? key.readUInt32BE(0) : 0;
    const block = findings.tryRead('block record', `block ${id}`, () => decodeBlockRecord(value, id));
    if (block === null) continue;
    yield* verifyWhatIsKnown(verified, block, open, codec);
    open.closeOthers(new Set());
  }
}

/** What has another version than this program knows is a finding: of a block it ends at that. */
function* verifyWhatIsKnown(
  verified: Verified,
  block: Block,
  open: OpenBlocks,
  codec: ColumnCodec,
): Generator<void> {
  try {
    const readers = open.acquire([block]);
    try {
      for (const reader of readers) yield* verifyOne(verified, block, reader, codec);
    } finally {
      open.release(readers);
    }
  } catch (error) {
    if (errorCode(error) !== ERR_STORE_FORMAT_VERSION) throw error;
    verified.findings.add('block', `block ${block.id}`, errorMessage(error));
  }
}

function* verifyOne(
  verified: Verified,
  block: Block,
  reader: BlockReader,
  codec: ColumnCodec,
): Generator<void> {
  const { findings, series } = verified;
  const fault = faultOf(verified, block, reader.block());
  if (fault !== null) findings.add('block record', `block ${block.id}`, fault);
  yield* verifyBlock(reader, codec, ({ ref, kind, sampleCount }) => {
    findings.counts.chunks++;
    if (kind !== START_TIMESTAMPS) findings.counts.samples += sampleCount;
    if (!series.has(ref))
      findings.add(
        'series',
        `series ${ref}, block ${block.id}`,
        'the block has samples of it, the index has not',
      );
  });
}

/** @param stated by the block itself; null when that is damaged, which is a finding of its own */
function faultOf({ meta }: Verified, block: Block, stated: Block | null): string | null {
  if (block.id >= meta.nextBlockId) return `its id is not below the next one, ${meta.nextBlockId}`;
  if (block.lastGeneration > meta.flushedGeneration)
    return `it has generation ${block.lastGeneration}, and ${meta.flushedGeneration} is the last that was flushed`;
  if (stated === null) return null;
  for (const name of Object.keys(block) as (keyof Block)[]) {
    if (block[name] !== stated[name])
      return `${name} is ${block[name]}, and the block itself has ${stated[name]}`;
  }
  return null;
}
