/** Requests over many series end when nobody waits for them any more, or time is over. */
import { type Clock, ManualClock } from '@promontory/base';
import { Labels } from '@promontory/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { askSource, failure, LIMITS, MemoryDataSource, NOW_MS, toRequest } from '../api-test-harness.ts';

const SERIES = 5000;
const limits = { ...LIMITS, querySamplesMax: 1e6, queryMemoryBytesMax: 1e9 };
const SCOPE = 'extra_label=zone=here';
const SERIES_SETS = 'match[]={zone="here"}';
/** The request, and what it is called. */
const REQUESTS = [
  [`series?${SERIES_SETS}`, 'series request'],
  [`series?${SERIES_SETS}&${SCOPE}`, 'series request'],
  ['labels', 'label names request'],
  [`labels?${SERIES_SETS}&${SCOPE}`, 'label names request'],
  ['label/pod/values', 'label values request'],
  [`label/pod/values?${SERIES_SETS}&${SCOPE}`, 'label values request'],
  ['metadata', 'metadata request'],
  [`metadata?${SCOPE}`, 'metadata request'],
  ['query_exemplars?query=up', 'query for exemplars'],
  [`query_exemplars?query=up&${SCOPE}`, 'query for exemplars'],
  ['status/tsdb', 'counting series'],
  [`status/tsdb?${SCOPE}`, 'counting series'],
  ['query_cost?query=up', 'estimate'],
  ['search/label_values?label=pod', 'search'],
  ['search/metric_names?include_metadata=1', 'search'],
] as const;
/** Those whose answers are as long as there are series, or metrics. */
const LONG_ANSWERS = REQUESTS.filter(([path]) => /^(series|label\/|metadata|query_exemplars)/.test(path));

const source = new MemoryDataSource();

beforeAll(() => {
  for (let index = 0; index < SERIES; index++) {
    const labels = Labels.fromObject({ __name__: 'up', pod: `p${index}`, zone: 'here' });
    source.add(labels, NOW_MS - 1000, 1);
    const exemplar = { labels: Labels.fromObject({ trace: 'x' }), value: 1, timestampMs: NOW_MS };
    source.exemplarsOfSeries.push({ labels, exemplars: [exemplar] });
    source.sayings.set(index === 0 ? 'up' : `metric_${index}`, [{ type: 'gauge', unit: '', help: '' }]);
  }
});

/** @returns how often it is looked whether the request goes on, when it does to its end */
async function countLooks(path: string): Promise<number> {
  let looks = 0;
  const { status } = await askSource(source, `GET /api/v1/${path}`, { limits }, {}, () => ++looks < 0);
  expect(status).toBe(200);
  return looks;
}

/** Time is over at the nth look. */
class EndingClock implements Clock {
  readonly #clock = new ManualClock(NOW_MS);
  readonly #looksMax: number;
  #looks = 0;

  constructor(looksMax: number) {
    this.#looksMax = looksMax;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  monotonicMs(): number {
    return ++this.#looks > this.#looksMax ? LIMITS.queryDurationMsMax + 1e9 : 0;
  }
}

describe('a request for names, values, series or counts', () => {
  it.each(REQUESTS)('ends when nobody waits any more, wherever it is: %s', async (path, what) => {
    const lookCount = await countLooks(path);
    expect(lookCount).toBeGreaterThan(0);
    for (let lookMax = 1; lookMax <= lookCount; lookMax++) {
      let looks = 0;
      const gone = await askSource(source, `GET /api/v1/${path}`, { limits }, {}, () => ++looks >= lookMax);
      expect([gone.status, gone.text, looks]).toEqual([
        499,
        failure('canceled', `${what} was canceled`),
        lookMax,
      ]);
    }
  });

  it.each(REQUESTS)('ends when time is over, at once or later: %s', async (path, what) => {
    for (const looksMax of [1, 2]) {
      const clock = new EndingClock(looksMax);
      const late = await askSource(source, `GET /api/v1/${path}`, { clock });
      expect([late.status, late.text]).toEqual([
        503,
        failure('timeout', `${what} timed out; want at most ${LIMITS.queryDurationMsMax} ms`),
      ]);
    }
  });

  it('has the time that it waited for less', async () => {
    const { queryDurationMsMax } = LIMITS;
    for (const path of ['labels', 'query?query=up', `query_range?query=up&start=1&end=2&step=1`]) {
      const statusAfter = async (queuedMs: number): Promise<number> =>
        (await askSource(source, { ...toRequest(`GET /api/v1/${path}`), queuedMs }, { limits })).status;
      expect([await statusAfter(queryDurationMsMax - 1), await statusAfter(queryDurationMsMax + 1)]).toEqual([
        200, 503,
      ]);
    }
  });

  it.each(LONG_ANSWERS)('is looked after while its answer is written: %s', async (path) => {
    // The source by itself looks up every thousand series at the most.
    expect(await countLooks(path)).toBeGreaterThan(SERIES / 500);
  });
});

describe('a query', () => {
  const range = `start=${NOW_MS / 1000}&end=${NOW_MS / 1000}&step=1`;

  it.each([
    ['query?query=up', 'query?query=count(up)'],
    [`query_range?query=up&${range}`, `query_range?query=count(up)&${range}`],
  ])('is looked after while its answer is written: %s', async (path, shortAnswer) => {
    const lookCount = await countLooks(path);
    expect(lookCount - (await countLooks(shortAnswer))).toBeGreaterThan(SERIES / 600);
    // The last ones are those of the writing.
    let looks = 0;
    const gone = await askSource(source, `GET /api/v1/${path}`, { limits }, {}, () => ++looks >= lookCount);
    expect([gone.status, gone.text]).toEqual([499, failure('canceled', 'query was canceled')]);
    expect(gone.response.cost?.samplesRead).toBe(SERIES);
  });
});
