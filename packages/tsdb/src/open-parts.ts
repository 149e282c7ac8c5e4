/** Opens the parts of a database for its writer, in the order in which they need each other. */
import type { Clock } from '@promontory/base';
import { BLOCKS_FOLDER, BlockStore } from './block/block-store.ts';
import { ExemplarWriter } from './exemplars/exemplar-store.ts';
import { mainCommits } from './head/generations.ts';
import { REF_END_MAX } from './head/head-memory.ts';
import { LoggedHead } from './head/logged-head.ts';
import { LOG_FOLDER } from './log/log.ts';
import type { DatabaseParts } from './maintenance/database-parts.ts';
import { MetadataWriter } from './metadata/metadata-store.ts';
import type { TsdbLimits, TsdbWriterOptions } from './options.ts';
import { SeriesRegistry, UNWRITTEN_FINGERPRINTS_MAX } from './series-registry.ts';
import type { OnDamage } from './store/damage.ts';
import { DiskGuard } from './store/disk-guard.ts';
import { openError } from './store/lmdb-errors.ts';
import { MetaState } from './store/meta-state.ts';
import { openStore } from './store/open-store.ts';
import type { WriterStatistics } from './writer-statistics.ts';

export interface OpenPartsOptions {
  readonly writer: TsdbWriterOptions;
  readonly limits: TsdbLimits;
  readonly clock: Clock;
  readonly statistics: WriterStatistics;
  readonly onDamage: OnDamage;
}

/** @throws what the parts throw; nothing stays open then */
export function openParts(options: OpenPartsOptions): DatabaseParts {
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    opened.push(part);
    return part;
  };
  try {
    return openInOrder(options, keep);
  } catch (error) {
    // Without open snapshots, closing is done when it returns.
    for (const part of opened.toReversed()) void part.close();
    throw openError(options.writer.directory, error);
  }
}

function openInOrder(
  { writer, limits, clock, statistics, onDamage }: OpenPartsOptions,
  keep: <T extends { close(): Promise<void> }>(part: T) => T,
): DatabaseParts {
  const { directory } = writer;
  const store = keep(openStore(directory, [BLOCKS_FOLDER, LOG_FOLDER]));
  const meta = new MetaState(store);
  const registry = new SeriesRegistry({
    store,
    fingerprintKey: meta.current.fingerprintKey,
    limits: {
      seriesMax: limits.seriesMax,
      seriesPerMetricMax: limits.seriesPerMetricMax,
      refEndMax: REF_END_MAX,
      unwrittenFingerprintsMax: UNWRITTEN_FINGERPRINTS_MAX,
    },
    onDamage,
  });
  const blocks = keep(new BlockStore(directory, store, onDamage));
  const head = keep(
    new LoggedHead({
      directory,
      bounds: { refEndMax: REF_END_MAX, arenaBytesMax: limits.headBytesMax },
      flushedGeneration: meta.current.flushedGeneration,
      nextRef: registry.nextRef,
      blocksNewestMs: blocks.newestMs,
      durability: writer.durability ?? 'disk',
      onDamage,
    }),
  );
  store.environment.countCommits(mainCommits(head.memory));
  const guard = new DiskGuard(directory, limits.diskReserveBytes, writer.freeBytesOf);
  const exemplars = new ExemplarWriter(store, limits.exemplarsMax);
  const metadata = new MetadataWriter(store, limits.metadataBytesMax, onDamage);
  return { limits, clock, store, meta, guard, registry, blocks, head, exemplars, metadata, statistics };
}
