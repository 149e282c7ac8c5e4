import type { WorkTicker } from '@promontory/base';
import type { OnDamage } from '../store/damage.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import type { IndexState } from './index-state-record.ts';
import type { SeriesPages } from './series-pages.ts';
import type { WaitingSeries } from './waiting-series.ts';

/** What the index is read from, in one state of the database. */
export interface IndexParts {
  readonly store: Store;
  /** Undefined: the newest state, for the writing thread. */
  readonly snapshot: LmdbSnapshot | undefined;
  /** As the snapshot has it. */
  readonly state: IndexState;
  readonly pages: SeriesPages;
  readonly waiting: WaitingSeries;
  readonly onDamage: OnDamage;
  /** Whether `select` may go through all values of a name, or all series. Default: it may. */
  readonly mayScan?: boolean;
  /** Told of what is looked at. Default: nobody is. */
  readonly ticker?: WorkTicker;
}
