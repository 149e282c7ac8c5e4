/** What administrators have the storage do. It is done even when who asked has gone meanwhile. */
import type { Matcher } from '@promontory/model';

export interface DeletionRequest {
  /** Alternatives, each a conjunction. */
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly rangeStartMsInclusive: number;
  readonly rangeEndMsInclusive: number;
  /** Whether it only counts. */
  readonly dryRun: boolean;
}

/** What was deleted, or would be. */
export interface DeletionCounts {
  /** Series that lose samples. */
  readonly seriesCount: number;
  readonly floatCount: number;
  readonly histogramCount: number;
  readonly exemplarCount: number;
}

export interface StorageAdmin {
  /** @throws PromontoryError as the storage says, and overload or unavailable when it takes no request now */
  deleteSamples(request: DeletionRequest): Promise<DeletionCounts>;
  /** Resolves when nothing that was deleted before takes space any more. @throws as above */
  cleanTombstones(): Promise<void>;
  /** @returns resolves to the name of the snapshot's folder @throws as above */
  snapshot(): Promise<string>;
}
