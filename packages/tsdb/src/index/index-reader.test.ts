import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, SeededRandom } from '@promontory/base';
import { Labels, Matcher } from '@promontory/model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTsdb, type Tsdb } from '../index.ts';

const NOW_MS = 1_763_700_000_000;
const EVER = { rangeStartMsInclusive: 0, rangeEndMsInclusive: 2 * NOW_MS };
const ALL = { ...EVER, matcherSets: [], countMax: 0 };
/** The longest name that is accepted, and as a key twice as long as others. */
const ZEROS = '\0'.repeat(512);
const LONG_VALUE = 'v'.repeat(4000);

let directory = '';
let tsdb: Tsdb;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'index-reader-'));
  const limits = { headBytesMax: 1 << 26, seriesMax: 1 << 20 };
  tsdb = await openTsdb({ directory, clock: new ManualClock(NOW_MS), limits });
  const appender = tsdb.appender();
  appender.append(Labels.fromObject({ __name__: 'a' }), NOW_MS, 1);
  appender.append(Labels.fromObject({ __name__: 'b', [ZEROS]: LONG_VALUE }), NOW_MS, 1);
  await appender.commit();
  await tsdb.flush();
});

afterEach(async () => {
  await tsdb.close();
  await rm(directory, { recursive: true });
});

function countOf(...matchers: Matcher[]): number {
  const set = tsdb.select({ ...EVER, matchers });
  const { seriesCount } = set;
  set.close();
  return seriesCount;
}

it.each([513, 1025, 2500, 30_000])('no series has a label whose name has %i bytes', (bytes) => {
  const name = '\0n'.repeat(bytes).slice(0, bytes);
  const counts = [
    new Matcher('=', name, 'v'),
    new Matcher('=', name, ''),
    new Matcher('!=', name, 'v'),
    new Matcher('=~', name, 'v|w'),
    new Matcher('=~', name, 'v.+'),
    new Matcher('!~', name, 'v.+'),
    new Matcher('!=', name, ''),
  ].map((matcher) => countOf(matcher));
  expect(counts).toEqual([0, 2, 2, 0, 0, 2, 0]);
  expect(tsdb.labelValues(name, ALL).values).toEqual([]);
});

it('finds a series by the longest name and a value that is cut in its key', () => {
  expect(countOf(new Matcher('=', ZEROS, LONG_VALUE))).toBe(1);
  expect(countOf(new Matcher('=~', ZEROS, `${LONG_VALUE.slice(1)}.*`))).toBe(1);
  expect(countOf(new Matcher('=', ZEROS, `${LONG_VALUE}v`))).toBe(0);
  expect(tsdb.labelValues(ZEROS, ALL).values).toEqual([LONG_VALUE]);
  expect(tsdb.labelNames(ALL).values).toEqual([ZEROS, '__name__']);
});

it('takes values of any length in matchers', () => {
  for (const value of ['w'.repeat(2500), '\0'.repeat(30_000)]) {
    expect(countOf(new Matcher('=', '__name__', value))).toBe(0);
    expect(countOf(new Matcher('!=', ZEROS, value))).toBe(2);
    expect(countOf(new Matcher('=~', '__name__', `${value}.+`))).toBe(0);
  }
});

it('matches series that wait as it matches those that are indexed', async () => {
  const random = new SeededRandom(7);
  const labelsOf = (index: number): Labels =>
    Labels.fromObject({
      __name__: `m${index % 3}`,
      series: String(index),
      ...(index % 2 === 0 && { even: 'yes' }),
      ...(index % 5 > 0 && { fifth: String(index % 5) }),
    });
  const all = Array.from({ length: 60 }, (_unused, index) => labelsOf(index));
  const appendAll = async (series: readonly Labels[]): Promise<void> => {
    const appender = tsdb.appender();
    for (const labels of series) appender.append(labels, NOW_MS, 1);
    await appender.commit();
  };
  await appendAll(all.slice(0, 20));
  await tsdb.flush();
  await appendAll(all.slice(20, 40));
  expect(countOf(new Matcher('=~', '__name__', 'm.'))).toBe(40);
  await appendAll(all.slice(40));

  for (let round = 0; round < 300; round++) {
    const matchers = Array.from({ length: 1 + random.nextInt(3) }, () => {
      const name = ['__name__', 'series', 'even', 'fifth', 'none'][random.nextInt(5)]!;
      const value = ['m1', 'm.', '7', '4.', 'yes', '', '2|3|.*x', '1'][random.nextInt(8)]!;
      const operator = (['=', '!=', '=~', '!~'] as const)[random.nextInt(4)]!;
      return new Matcher(operator, name, value);
    });
    matchers.push(new Matcher('=~', '__name__', 'm.'));
    const expected = all.filter((labels) => matchers.every((matcher) => matcher.matches(labels)));
    expect({ matchers: String(matchers), count: countOf(...matchers) }).toEqual({
      matchers: String(matchers),
      count: expected.length,
    });
  }
});
