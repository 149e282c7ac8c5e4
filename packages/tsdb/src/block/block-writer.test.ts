import { expect, it, vi } from 'vitest';
import { LmdbEnvironment } from '../store/lmdb-environment.ts';
import { listBlockIds } from './block-folder.ts';
import { BlockFolder } from './block-test-data.ts';

vi.mock('../store/lmdb-environment.ts', { spy: true });

it('leaves no folder when its environment cannot be made, and can be made again', async () => {
  const folder = new BlockFolder();
  vi.mocked(LmdbEnvironment).mockImplementationOnce(function failing() {
    throw new Error('Too many open files');
  });
  expect(() => folder.writer(1)).toThrow(expect.objectContaining({ code: 'ERR_STORE_WRITE' }));
  expect(listBlockIds(folder.directory)).toEqual([]);
  await folder.write(1, new Map([[4, [{ timestampMs: 0, value: [0, 1] }]]]));
  expect(listBlockIds(folder.directory)).toEqual([1]);
  await folder.remove();
});
