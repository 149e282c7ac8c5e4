import { assert } from '@promontory/base';

/** A region of shared memory that grows in place up to its bound; every thread that holds it sees it grow. */
export function allocateColumn(initialBytes: number, bytesMax: number): SharedArrayBuffer {
  assert(initialBytes <= bytesMax, 'column starts above its bound', { initialBytes, bytesMax });
  return new SharedArrayBuffer(initialBytes, { maxByteLength: bytesMax });
}

/**
 * Grows the region to at least `bytesWanted`, by doubling.
 *
 * @returns false when the bound does not allow it; nothing changes then
 */
export function tryGrowColumn(column: SharedArrayBuffer, bytesWanted: number): boolean {
  if (bytesWanted <= column.byteLength) return true;
  if (bytesWanted > column.maxByteLength) return false;
  column.grow(Math.min(column.maxByteLength, Math.max(bytesWanted, column.byteLength * 2)));
  return true;
}
