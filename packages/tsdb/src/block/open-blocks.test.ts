/** What opened blocks cost when something fails: nothing stays open. */
import { mkdirSync } from 'node:fs';
import { PromontoryError } from '@promontory/base';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Tombstones } from '../deletion/tombstones.ts';
import { ERR_STORE_READ } from '../error-codes.ts';
import type { Damage } from '../store/damage.ts';
import { LmdbEnvironment } from '../store/lmdb-environment.ts';
import { blockPath, deleteBlock, listBlockIds } from './block-folder.ts';
import type { Block } from './block-header.ts';
import { BlockReader } from './block-reader.ts';
import { BlockRewrite } from './block-rewrite.ts';
import { BlockFolder, codec, START_MS } from './block-test-data.ts';
import { OpenBlocks } from './open-blocks.ts';

let folder: BlockFolder;
let open: OpenBlocks;
let blocks: Block[];
let damages: Damage[];

function openBlocks(): OpenBlocks {
  const onDamage = (damage: Damage): void => void damages.push(damage);
  return new OpenBlocks({ blocksDirectory: folder.directory, codec, decodedBytesMax: 0, onDamage });
}

beforeEach(async () => {
  folder = new BlockFolder();
  damages = [];
  open = openBlocks();
  blocks = [];
  for (const id of [1, 2, 3])
    blocks.push(await folder.write(id, new Map([[4, [{ timestampMs: START_MS, value: [0, 1] }]]])));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await open.close();
  await folder.remove();
});

/** How many are closed when none is listed: those in use are not. */
function closeAll(): number {
  const closed = vi.spyOn(BlockReader.prototype, 'close');
  open.closeOthers(new Set());
  const { length } = closed.mock.calls;
  closed.mockRestore();
  return length;
}

function rewrite(blockId: number): BlockRewrite {
  const tombstones = new Tombstones([]);
  return new BlockRewrite({
    blocksDirectory: folder.directory,
    blockId,
    codec,
    open,
    tombstones,
    inputs: blocks,
  });
}

it('gives back what it opened when another cannot be opened', () => {
  // oxlint-disable-next-line typescript/unbound-method -- called with its reader below
  const original = BlockReader.prototype.tryOpenFiles;
  vi.spyOn(BlockReader.prototype, 'tryOpenFiles').mockImplementation(function failing(this: BlockReader) {
    if (this.blockId < 3) return original.call(this);
    throw new PromontoryError('EMFILE', { code: ERR_STORE_READ, kind: 'unavailable' });
  });
  expect(() => open.acquire(blocks)).toThrow(expect.objectContaining({ code: ERR_STORE_READ }));
  expect(closeAll()).toBe(3);
});

it('gives a block back when what is done with it throws', () => {
  const failing = (): never => {
    throw new RangeError('here');
  };
  expect(() => open.use(blocks[0]!, failing)).toThrow('here');
  expect(closeAll()).toBe(1);
});

it('keeps open what is in use, and names the missing one', () => {
  const [kept] = open.acquire(blocks.slice(0, 1));
  const missing = new Set<number>();
  deleteBlock(folder.directory, 2);
  expect(open.tryAcquire(blocks, missing)).toBeNull();
  expect([...missing]).toEqual([2]);
  expect(damages).toEqual([]);
  const readers = open.tryAcquire(blocks, missing);
  expect(readers?.map((reader) => reader.refs().length)).toEqual([1, 0, 1]);
  expect(damages).toMatchObject([{ where: 'block 2' }]);
  expect([1, 2, 3].map((id) => open.isDamaged(id))).toEqual([false, true, false]);
  open.release(readers ?? []);
  expect(closeAll()).toBe(2);
  expect(kept?.refs().length).toBe(1);
  expect(open.isDamaged(2)).toBe(false);
  open.release(kept === undefined ? [] : [kept]);
});

it('has none in use after a rewrite that cannot begin, fails, or ended', async () => {
  mkdirSync(blockPath(folder.directory, 9));
  expect(() => rewrite(9)).toThrow(expect.objectContaining({ code: 'ERR_STORE_WRITE' }));
  expect(closeAll()).toBe(3);
  const failing = rewrite(10);
  vi.spyOn(LmdbEnvironment.prototype, 'close').mockRejectedValueOnce(new Error('EIO'));
  await expect(failing.abort()).rejects.toThrow('EIO');
  await failing.abort();
  expect(closeAll()).toBe(3);
  const ended = rewrite(11);
  while (!ended.step(100));
  expect(await ended.finish()).toMatchObject({ id: 11, level: 1 });
  ended.release();
  ended.release();
  expect(closeAll()).toBe(3);
  expect(listBlockIds(folder.directory)).toEqual([1, 2, 3, 9, 11]);
});

it('throws when it is closed what a block that was closed before threw', async () => {
  open.release(open.acquire(blocks));
  vi.spyOn(BlockReader.prototype, 'close').mockRejectedValueOnce(new Error('EIO'));
  expect(() => open.closeOthers(new Set([2, 3]))).not.toThrow();
  await new Promise(setImmediate);
  await expect(open.close()).rejects.toThrow('EIO');
  open = openBlocks();
});
