import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { QueryEngine } from '../../evaluate/query-engine.ts';
import type { SeriesSet } from '../../series-source.ts';
import { MemorySeriesSource } from '../../source/memory-series-source.ts';

/** Series `a` and `b` of 1 to 4; notes which are read. */
function watchedSource(): { source: MemorySeriesSource; reads: string[] } {
  const source = new MemorySeriesSource();
  for (const name of ['a', 'b']) {
    for (const i of ['1', '2', '3', '4']) source.add(Labels.fromObject({ __name__: name, i }), 0, 1);
  }
  const reads: string[] = [];
  const select = source.select.bind(source);
  source.select = async (request) => watch(await select(request), reads);
  return { source, reads };
}

function watch(set: SeriesSet, reads: string[]): SeriesSet {
  const read = set.read.bind(set);
  set.read = (index, target) => {
    reads.push(set.labels(index).get('__name__') + set.labels(index).get('i'));
    read(index, target);
  };
  return set;
}

describe('set operators', () => {
  it.each([
    ['a and b{i=~"2|3"}', ['a2', 'a3'], ['a2', 'a3', 'b2', 'b3']],
    ['a and b{i="none"}', [], []],
    ['a{i="2"} and b', ['a2'], ['a2', 'b2']],
    ['a unless b{i="2"}', ['a1', 'a3', 'a4'], ['a1', 'a2', 'a3', 'a4', 'b2']],
    ['a{i="1"} unless b', [], ['a1', 'b1']],
    ['a{i=~"1|2"} or b{i=~"2|3"}', ['a1', 'a2', 'b3'], ['a1', 'a2', 'b2', 'b3']],
    // What is computed is read all the same: it may have something to tell.
    ['a and -b{i="2"}', ['a2'], ['a2', 'b2']],
    ['abs(a{i="1"}) and abs(b{i="2"})', [], ['a1', 'b2']],
  ])('%s reads stored series only where they count', async (query, found, read) => {
    const { source, reads } = watchedSource();
    const { value } = await new QueryEngine({ parseCacheEntriesMax: 1 }).instantQuery(source, {
      query,
      timeMs: 0,
      lookbackDeltaMs: 300_000,
      limits: { samplesMax: 100, memoryBytesMax: 1e6, durationMsMax: 10_000, stepsMax: 1 },
      isCancelled: () => false,
    });
    const series = value.type === 'vector' ? value.samples : [];
    expect(series.map(({ labels }) => (labels.get('__name__') || 'a') + labels.get('i'))).toEqual(found);
    expect([...new Set(reads)].sort()).toEqual(read);
  });
});
