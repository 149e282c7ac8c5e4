import { Labels } from '@promontory/model';
import { STALE } from '@promontory/promql';
import { describe, expect, it } from 'vitest';
import { askSource, MemoryDataSource, NOW_MS, success } from '../api-test-harness.ts';

const HOUR_MS = 3_600_000;

function ask(query: string): ReturnType<typeof askSource> {
  const source = new MemoryDataSource();
  const state = (alertname: string): Labels =>
    Labels.fromObject({ __name__: 'ALERTS_FOR_STATE', alertname, alertgroup: 'g)[5m' });
  source.add(state('active'), NOW_MS - HOUR_MS / 2, 7);
  source.add(state('over'), NOW_MS - HOUR_MS / 2, 8);
  source.add(state('over'), NOW_MS - HOUR_MS / 3, STALE);
  source.add(state('old'), NOW_MS - 2 * HOUR_MS, 9);
  return askSource(source, `GET /api/v1/query?query=${encodeURIComponent(query)}`);
}

describe('the state of alerts', () => {
  it.each([
    'default_rollup(ALERTS_FOR_STATE{alertgroup="g)[5m",alertname=~".+"}[3600s])',
    ' default_rollup ( ALERTS_FOR_STATE [1h] ) ',
  ])('is the newest sample of the range, unless the series has ended: %s', async (query) => {
    const metric = '{"__name__":"ALERTS_FOR_STATE","alertgroup":"g)[5m","alertname":"active"}';
    const vector = `{"resultType":"vector","result":[{"metric":${metric},"value":[1700000000.250,"7"]}]}`;
    const { status, text } = await ask(query);
    expect([status, text]).toEqual([200, success(vector)]);
  });

  it.each([
    'default_rollup(ALERTS_FOR_STATE)',
    'default_rollup(ALERTS_FOR_STATE[1h]) + default_rollup(ALERTS_FOR_STATE[1h])',
    'sum(default_rollup(ALERTS_FOR_STATE[1h]))',
    'default_rollup(sum(ALERTS_FOR_STATE)[1h])',
    'default_rollup(ALERTS_FOR_STATE[0s])',
    'default_rollup(ALERTS_FOR_STATE[1h:5m])',
  ])('nothing else of the function is known: %s', async (query) => {
    const { status, text } = await ask(query);
    expect([status, text]).toEqual([400, expect.stringContaining('parse error: ') as string]);
  });
});
