import type { Clock } from '@promontory/base';
import type { BlockStore } from '../block/block-store.ts';
import type { ExemplarWriter } from '../exemplars/exemplar-store.ts';
import type { LoggedHead } from '../head/logged-head.ts';
import type { MetadataWriter } from '../metadata/metadata-store.ts';
import type { TsdbLimits } from '../options.ts';
import type { SeriesRegistry } from '../series-registry.ts';
import type { DiskGuard } from '../store/disk-guard.ts';
import type { MetaState } from '../store/meta-state.ts';
import type { Store } from '../store/store.ts';
import type { WriterStatistics } from '../writer-statistics.ts';

/** What a writer's parts work on together; all of it belongs to the writing thread. */
export interface DatabaseParts {
  readonly limits: TsdbLimits;
  readonly clock: Clock;
  readonly store: Store;
  readonly meta: MetaState;
  readonly guard: DiskGuard;
  readonly registry: SeriesRegistry;
  readonly blocks: BlockStore;
  readonly head: LoggedHead;
  readonly exemplars: ExemplarWriter;
  readonly metadata: MetadataWriter;
  readonly statistics: WriterStatistics;
}
