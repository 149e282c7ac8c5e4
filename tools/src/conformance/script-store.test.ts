import { Labels, Matcher, SampleColumns, type HistogramSample } from '@promontory/model';
import type { SeriesSet } from '@promontory/promql';
import { describe, expect, it } from 'vitest';
import { parseScript } from './parse-script.ts';
import { ScriptStore } from './script-store.ts';

const NAME = 'native';

async function seriesAfter(script: string): Promise<SeriesSet> {
  const store = new ScriptStore();
  for (const command of parseScript(script)) {
    if (command.kind === 'load') for (const series of command.series) store.load(series);
    else store.clear();
  }
  return store.source.select({
    matchers: [new Matcher('=', '__name__', NAME)],
    rangeStartMsInclusive: 0,
    rangeEndMsInclusive: Number.MAX_SAFE_INTEGER,
    hints: { stepMs: 0, rangeMs: 0, functionName: '' },
  });
}

async function histogramsAfter(script: string): Promise<readonly HistogramSample[]> {
  return (await seriesAfter(script)).readHistograms(0);
}

describe('ScriptStore', () => {
  it.each([
    [
      'the first is unknown and growth is no reset',
      '{{count:1}}+{{count:1}}x2',
      ['unknown', 'not-reset', 'not-reset'],
    ],
    ['equal ones', '{{count:1 buckets:[1]}}x1', ['unknown', 'not-reset']],
    ['a lower count', '{{count:5}} {{count:4}} {{count:4}}', ['unknown', 'unknown', 'not-reset']],
    ['a lower bucket', '{{count:5 buckets:[3 2]}} {{count:6 buckets:[2 4]}}', ['unknown', 'unknown']],
    [
      'a lower negative bucket',
      '{{count:5 n_buckets:[3 2]}} {{count:6 n_buckets:[2 4]}}',
      ['unknown', 'unknown'],
    ],
    ['a bucket that is gone', '{{count:5 buckets:[3 2]}} {{count:6 buckets:[6]}}', ['unknown', 'unknown']],
    [
      'an empty bucket that is gone',
      '{{count:3 buckets:[3 0]}} {{count:6 buckets:[6]}}',
      ['unknown', 'not-reset'],
    ],
    [
      'a new bucket',
      '{{count:3 buckets:[3]}} {{count:6 buckets:[1 3 2] offset:-1}}',
      ['unknown', 'not-reset'],
    ],
    ['a lower zero count', '{{count:3 z_bucket:2}} {{count:6 z_bucket:1}}', ['unknown', 'unknown']],
    ['another zero bucket', '{{count:3 z_bucket_w:1}} {{count:6 z_bucket_w:2}}', ['unknown', 'unknown']],
    ['another schema', '{{schema:1 count:3}} {{schema:0 count:6}}', ['unknown', 'unknown']],
    [
      'other bounds',
      '{{schema:-53 custom_values:[1]}} {{schema:-53 custom_values:[2]}}',
      ['unknown', 'unknown'],
    ],
    ['a lower sum', '{{sum:3 count:1}} {{sum:1 count:1}}', ['unknown', 'not-reset']],
    [
      'a reset that is told',
      '{{count:1}} {{count:2 counter_reset_hint:reset}} {{count:3}}',
      ['unknown', 'unknown', 'not-reset'],
    ],
    ['no reset, as told, of a first one', '{{count:1 counter_reset_hint:not_reset}}', ['unknown']],
    [
      'no reset, as told, of a lower one',
      '{{count:2}} {{count:1 counter_reset_hint:not_reset}}',
      ['unknown', 'unknown'],
    ],
    [
      'gauges',
      '{{count:1 counter_reset_hint:gauge}}x1 {{count:2}} {{count:3}}',
      ['gauge', 'gauge', 'unknown', 'not-reset'],
    ],
    ['a float in between', '{{count:1}} 5 {{count:2}}', ['unknown', 'unknown']],
    [
      'a marker of staleness in between',
      '{{count:1}} stale {{count:2}} {{count:3}}',
      ['unknown', 'unknown', 'unknown', 'not-reset'],
    ],
  ])('says of counter resets what Prometheus’s store says: %s', async (_, values, hints) => {
    // prettier-ignore
    const histograms = await histogramsAfter(`load 1m\n  ${NAME} ${values}\n`);
    expect(histograms.map(({ histogram }) => histogram.counterResetHint)).toEqual(hints);
  });

  it('keeps everything else of a histogram', async () => {
    const text = 'schema:2 sum:1 count:9 z_bucket:1 z_bucket_w:0.5 buckets:[1 2] offset:3 n_buckets:[5]';
    const [command] = parseScript(`load 1m\n  ${NAME} {{${text}}}\n`);
    const loaded = command?.kind === 'load' ? command.series[0]?.samples[0]?.value : null;
    const [stored] = await histogramsAfter(`load 1m\n  ${NAME} {{${text}}}\n`);
    expect(stored).toEqual({ timestampMs: 0, histogram: loaded });
  });

  it('continues over several loads, and forgets at clear', async () => {
    const first = `load 1m\n  ${NAME} {{count:1}}\n\n`;
    const second = `load 1m\n  ${NAME} _ {{count:2}}\n\n`;
    const together = await histogramsAfter(first + second);
    expect(together.map(({ histogram }) => histogram.counterResetHint)).toEqual(['unknown', 'not-reset']);
    const apart = await histogramsAfter(`${first}clear\n${second}`);
    expect(apart.map(({ histogram }) => histogram.counterResetHint)).toEqual(['unknown']);
  });

  it('marks staleness by the kind of the sample before', async () => {
    const afterHistogram = await seriesAfter(`load 1m\n  ${NAME} {{count:1}} stale\n`);
    expect(afterHistogram.readHistograms(0).map(({ histogram }) => histogram.isStale)).toEqual([false, true]);
    const afterFloat = await seriesAfter(`load 1m\n  ${NAME} {{count:1}} 1 stale\n`);
    expect(afterFloat.readHistograms(0)).toHaveLength(1);
    const floats = new SampleColumns(4);
    afterFloat.read(0, floats);
    expect([...floats.timestampMs.subarray(0, floats.count)]).toEqual([60_000, 120_000]);
  });

  it('passes start timestamps on, of floats and of histograms', async () => {
    const set = await seriesAfter(`load 1m\n  ${NAME}@st _ -1s 5s\n  ${NAME} 1 2 {{count:1}}\n`);
    const starts = new SampleColumns(4);
    set.readStartTimestamps(0, starts);
    expect([...starts.timestampMs.subarray(0, starts.count)]).toEqual([60_000, 120_000]);
    expect([...starts.value.subarray(0, starts.count)]).toEqual([59_000, 125_000]);
    expect(set.labels(0).equals(Labels.fromObject({ __name__: NAME }))).toBe(true);
  });
});
