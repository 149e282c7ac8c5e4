/** The native histograms of a data directory that no server has open, read by the database itself. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '@promontory/base';
import { type HistogramSample, Matcher } from '@promontory/model';
import { openTsdb } from '@promontory/tsdb';

export interface StoredHistograms {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly HistogramSample[];
}

/** @returns the series with histograms that have the label, in no order */
export async function readStoredHistograms(
  dataFolder: string,
  labelName: string,
  labelValue: string,
): Promise<StoredHistograms[]> {
  const instances = join(dataFolder, 'instances');
  const names = await readdir(instances);
  assert(names.length === 1, 'the server has one database', { count: names.length });
  const tsdb = await openTsdb({ directory: join(instances, names[0] ?? '') });
  const set = tsdb.select({
    matchers: [new Matcher('=', labelName, labelValue)],
    rangeStartMsInclusive: 0,
    rangeEndMsInclusive: Date.now() + 3_600_000,
  });
  try {
    assert(tsdb.damages.length === 0, 'nothing is damaged');
    return Array.from({ length: set.seriesCount }, (_, index) => ({
      labels: set.labels(index).toObject(),
      samples: set.readHistograms(index),
    })).filter(({ samples }) => samples.length > 0);
  } finally {
    set.close();
    await tsdb.close();
  }
}
