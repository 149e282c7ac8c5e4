import { SeededRandom } from '@promontory/base';
import { encodeLabelBytes, Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { refKey } from '../store/keys.ts';
import { SeriesPage, SERIES_PER_PAGE, slotOf } from './series-page.ts';
import { SeriesPageEncoder } from './series-page-encoder.ts';
import { SeriesPairs } from './series-pairs.ts';

const PAGE = 3;
const KEY = refKey(PAGE);

function makePage(series: ReadonlyMap<number, Labels>): SeriesPage {
  const pairs = new SeriesPairs(5);
  for (const [slot, labels] of series) {
    const bytes = encodeLabelBytes(labels);
    pairs.add(PAGE * SERIES_PER_PAGE + slot, bytes, 0, bytes.length);
  }
  return new SeriesPage(KEY, new SeriesPageEncoder(pairs).encode(KEY, 0, pairs.seriesCount));
}

function makeSeries(slots: readonly number[], labelsOf: (slot: number) => Labels): Map<number, Labels> {
  return new Map(slots.map((slot) => [slot, labelsOf(slot)]));
}

const ALL_SLOTS = Array.from({ length: SERIES_PER_PAGE }, (_unused, slot) => slot);
const random = new SeededRandom(1);
const someLabels = (): Labels =>
  Labels.fromEntries(
    Array.from({ length: 1 + random.nextInt(12) }, () => [
      `n${random.nextInt(20)}`,
      'é\0x'.repeat(random.nextInt(60)) + String(random.nextInt(30)),
    ]),
  );

describe('a series page gives back the labels of every slot', () => {
  it.each([
    ['one series in the last slot', makeSeries([127], () => Labels.fromObject({ __name__: 'up' }))],
    [
      'all alike but one label',
      makeSeries(ALL_SLOTS, (slot) => Labels.fromObject({ a: 'x', b: String(slot) })),
    ],
    [
      'a name that is a value too',
      makeSeries([0, 9], (slot) => Labels.fromObject({ a: 'a', b: slot === 0 ? 'a' : 'b' })),
    ],
    ['a layout each', makeSeries(ALL_SLOTS, (slot) => Labels.fromObject({ [`l${slot}`]: 'v' }))],
    [
      'random labels',
      makeSeries(
        ALL_SLOTS.filter((slot) => slot % 3 > 0),
        someLabels,
      ),
    ],
    [
      'more than 256 strings',
      makeSeries(ALL_SLOTS, (slot) => Labels.fromObject({ a: `a${slot}`, b: `b${slot}`, c: `c${slot}` })),
    ],
    [
      'more than 65,536 strings of more than 65,536 bytes',
      makeSeries(ALL_SLOTS, (slot) =>
        Labels.fromEntries(
          Array.from({ length: 520 }, (_unused, index) => [`n${index}`, `v${slot}.${index}`]),
        ),
      ),
    ],
    ['one long value', makeSeries([5, 6], (slot) => Labels.fromObject({ a: 'v'.repeat(65_535) + slot }))],
  ])('%s', (_what, series) => {
    const page = makePage(series);
    expect([...page.refs(PAGE)].map(slotOf)).toEqual([...series.keys()]);
    for (const [slot, labels] of series) {
      expect(page.labels(slot).pairs).toEqual(labels.pairs);
      expect(Buffer.compare(page.copyLabelBytes(slot), encodeLabelBytes(labels))).toBe(0);
    }
    for (const slot of ALL_SLOTS) expect(page.has(slot)).toBe(series.has(slot));
  });
});
