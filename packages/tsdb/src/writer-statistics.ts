/** What happened to a database since it was opened; counters only grow. */
export interface WriterStatistics {
  /** Floats and histograms. */
  samplesAppended: number;
  histogramsAppended: number;
  samplesDuplicate: number;
  samplesLate: number;
  commits: number;
  /** Generations that became blocks. */
  blocksWritten: number;
  /** Past the retention in time or size. */
  blocksDropped: number;
  /** Blocks made of several others, or of one without what was deleted. */
  blocksMerged: number;
  /** Taken out of memory: nobody sends them. */
  seriesIdled: number;
  /** Taken out of the index: nothing is left of them. */
  seriesDropped: number;
}

export function noStatistics(): WriterStatistics {
  return {
    samplesAppended: 0,
    histogramsAppended: 0,
    samplesDuplicate: 0,
    samplesLate: 0,
    commits: 0,
    blocksWritten: 0,
    blocksDropped: 0,
    blocksMerged: 0,
    seriesIdled: 0,
    seriesDropped: 0,
  };
}
