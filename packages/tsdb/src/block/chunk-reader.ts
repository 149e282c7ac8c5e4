/** Reads the chunks of one series in one block. */
import type { SampleColumns } from '@promontory/model';
import { type ChunkCodec, SAMPLES_PER_CHUNK_MAX } from '../chunk/chunk-codec.ts';
import { chunkKey } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';

export class ChunkReader {
  readonly #store: Store;
  readonly #codec: ChunkCodec;

  constructor(store: Store, codec: ChunkCodec) {
    this.#store = store;
    this.#codec = codec;
  }

  /** Appends all samples of the series in the block to `target`. Only full chunks have a successor. */
  read(blockId: number, ref: number, target: SampleColumns, snapshot?: LmdbSnapshot): void {
    for (let index = 0; ; index++) {
      const chunk = this.#store.chunks.get(chunkKey(blockId, ref, index), snapshot);
      if (chunk === undefined) return;
      const before = target.count;
      this.#codec.decodeInto(target, chunk, `chunk ${index} of series ${ref} in block ${blockId}`);
      if (target.count - before < SAMPLES_PER_CHUNK_MAX) return;
    }
  }

  has(blockId: number, ref: number, snapshot?: LmdbSnapshot): boolean {
    return this.#store.chunks.get(chunkKey(blockId, ref, 0), snapshot) !== undefined;
  }
}
