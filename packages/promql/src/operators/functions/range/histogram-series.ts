/** What is found out once about a series of native histograms, so that its windows need not look again. */
import type { HistogramSample } from '@promontory/model';
import type { WorkBlocks } from '../../../evaluate/work-blocks.ts';

/** All of one schema, and none a gauge: nothing to look for in a window of a counter. */
export function isUniform(histograms: readonly HistogramSample[]): boolean {
  const schema = histograms[0]?.histogram.schema;
  return histograms.every(
    ({ histogram }) => histogram.schema === schema && histogram.counterResetHint !== 'gauge',
  );
}

/**
 * Sets flags to 1 where the counter began anew between the sample before and this one, else to 0.
 *
 * @param count of samples
 * @param isResetAt of an index from 1 on
 * @param blocks of the query
 * @returns the same flags, or longer ones where they were too few
 */
export function flagResets(
  flags: Uint8Array<ArrayBuffer>,
  count: number,
  isResetAt: (index: number) => boolean,
  blocks: WorkBlocks,
): Uint8Array<ArrayBuffer> {
  const flagged = flags.length < count ? new Uint8Array(count * 2) : flags;
  for (let index = 1; index < count;) {
    const end = blocks.endOf(index, count);
    for (; index < end; index++) flagged[index] = isResetAt(index) ? 1 : 0;
  }
  return flagged;
}
