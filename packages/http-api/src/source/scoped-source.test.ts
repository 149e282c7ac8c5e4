import { errorCode } from '@promontory/base';
import { Labels, Matcher, SampleColumns } from '@promontory/model';
import { parseSelector, type SeriesSet } from '@promontory/promql';
import { describe, expect, it } from 'vitest';
import { DATA_ENDPOINTS } from '../data-api.ts';
import { askSource, bad, MemoryDataSource, success } from '../api-test-harness.ts';
import { ScopedSource } from './scoped-source.ts';

const HINTS = { stepMs: 0, rangeMs: 0, functionName: '' };
const EVER = { rangeStartMsInclusive: 0, rangeEndMsInclusive: 1e6 };

/** Two teams in two zones, with one info series each. */
function teams(): MemoryDataSource {
  const source = new MemoryDataSource();
  for (const [index, team] of ['a', 'b'].entries()) {
    for (const zone of ['x', 'y']) {
      const own = { team, zone, job: 'j', instance: `${team}${zone}` };
      source.add(Labels.fromObject({ __name__: 'up', ...own }), 1000, index);
      source.add(Labels.fromObject({ __name__: 'target_info', ...own, version: `of-${team}` }), 1000, 1);
    }
  }
  return source;
}

function labelsOf(set: SeriesSet): string[] {
  return Array.from({ length: set.seriesCount }, (_, index) => set.labels(index).get('instance'));
}

describe('a scoped source', () => {
  it('adds its matchers to every selection, alternatives united without double series', async () => {
    const scope = new ScopedSource(teams(), [
      [new Matcher('=', 'team', 'a')],
      [new Matcher('=', 'zone', 'x')],
    ]);
    const set = await scope.select({ matchers: parseSelector('up'), hints: HINTS, ...EVER });
    expect(labelsOf(set).sort()).toEqual(['ax', 'ay', 'bx']);
    const columns = new SampleColumns();
    set.read(labelsOf(set).indexOf('bx'), columns);
    expect([columns.count, columns.value[0]]).toEqual([1, 1]);
    set.readStartTimestamps(0, columns);
    expect([columns.count, set.readHistograms(0)]).toEqual([0, []]);
  });

  it('is narrowed further by another around it', async () => {
    const inner = new ScopedSource(teams(), [[new Matcher('=', 'team', 'a')]]);
    const outer = new ScopedSource(inner, [[new Matcher('=~', 'team', '.+'), new Matcher('=', 'zone', 'y')]]);
    const set = await outer.select({ matchers: parseSelector('{__name__=~"up|.*"}'), hints: HINTS, ...EVER });
    expect(new Set(labelsOf(set))).toEqual(new Set(['ay']));
  });

  it('closes the other selections when one fails', async () => {
    const source = teams();
    const closed: string[] = [];
    const select = source.select.bind(source);
    source.select = async (request) => {
      if (request.matchers.some(({ value }) => value === 'broken')) throw new RangeError('broken');
      const set = await select(request);
      set.close = () => closed.push('closed');
      return set;
    };
    const scope = new ScopedSource(source, [
      [new Matcher('=', 'team', 'a')],
      [new Matcher('=', 'team', 'broken')],
    ]);
    const asked = scope.select({ matchers: parseSelector('up'), hints: HINTS, ...EVER });
    await expect(asked).rejects.toThrow('broken');
    expect(closed).toEqual(['closed']);
  });

  it('counts what it shows, and lists no blocks', async () => {
    const scope = new ScopedSource(teams(), [[new Matcher('=', 'team', 'a')]]);
    expect(await scope.cardinality({ topMax: 1 })).toEqual({
      seriesCount: 4,
      labelPairCount: 2 + 1 + 2 + 1 + 2 + 1,
      segmentCount: 0,
      firstTimestampMs: null,
      lastTimestampMs: null,
      seriesByMetric: [{ name: 'target_info', count: 2 }],
      valuesByLabelName: [{ name: '__name__', count: 2 }],
      valueBytesByLabelName: [{ name: '__name__', count: 13 }],
      seriesByLabelPair: [{ name: 'job=j', count: 4 }],
      isComplete: true,
    });
    expect(await scope.estimate({ matcherSets: [], countMax: 0, ...EVER })).toMatchObject({ seriesCount: 4 });
    expect(errorCode(await scope.blocks().catch((error: unknown) => error))).toBe('ERR_SCOPE_FORBIDDEN');
  });
});

const TIME = '&time=1';
const UP_OF_A =
  '{"metric":{"__name__":"up","instance":"ax","job":"j","team":"a","zone":"x"},"value":[1,"0"]}';

/** What a request with `extra_label=team=a` is answered, when it would rather see team b. */
const SCOPED: readonly [target: string, data: string][] = [
  ['query?query=count(up)', '{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}'],
  [
    'query?query=count({__name__=~".%2B"})',
    '{"resultType":"vector","result":[{"metric":{},"value":[1,"4"]}]}',
  ],
  ['query?query=up{team="b"}', '{"resultType":"vector","result":[]}'],
  ['query?query=up{zone="x"}', `{"resultType":"vector","result":[${UP_OF_A}]}`],
  [
    'query?query=count(max_over_time(up[1m:1s]))',
    '{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}',
  ],
  [
    'query?query=count by (version) (info(up))',
    '{"resultType":"vector","result":[{"metric":{"version":"of-a"},"value":[1,"2"]}]}',
  ],
  [
    'query?query=count by (version) (info(up, {__name__="target_info", version=~".%2B"}))',
    '{"resultType":"vector","result":[{"metric":{"version":"of-a"},"value":[1,"2"]}]}',
  ],
  ['label/team/values?x', '["a"]'],
  ['label/team/values?match[]=up{team="b"}', '[]'],
  ['label/version/values?match[]={team="b"}&match[]={zone="x"}', '["of-a"]'],
  ['series?match[]=up{zone="x"}', '[{"__name__":"up","instance":"ax","job":"j","team":"a","zone":"x"}]'],
  ['labels?match[]=up{team="b"}', '[]'],
];

describe('extra_label and extra_filters[]', () => {
  it.each(SCOPED)('narrow /api/v1/%s', async (target, data) => {
    for (const extra of ['extra_label=team=a', 'extra_filters[]={team="a"}', 'extra_filters={team!="b"}']) {
      const answer = await askSource(
        teams(),
        `GET /api/v1/${`${target}${TIME}&${extra}`.replaceAll(' ', '%20')}`,
      );
      expect([answer.status, answer.text]).toEqual([200, success(data)]);
    }
  });

  it('read filters as alternatives that each go with all labels', async () => {
    const extra =
      'extra_filters[]={team="a"}&extra_filters[]={team="b"}&extra_label=zone=y&extra_label=job=j';
    const answer = await askSource(teams(), `GET /api/v1/label/instance/values?${extra}`);
    expect(answer.text).toBe(success('["ay","by"]'));
    const query = await askSource(teams(), `GET /api/v1/query?query=count(up)${TIME}&${extra}`);
    expect(query.text).toBe(success('{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}'));
  });

  it.each([
    ['extra_label=team', 'invalid parameter "extra_label": want name=value; got "team"'],
    ['extra_label=', 'invalid parameter "extra_label": want name=value; got ""'],
    ['extra_label=team=', 'invalid parameter "extra_label": want name=value; got "team="'],
    [
      'extra_filters[]={}',
      'invalid parameter "extra_filters[]": want a filter that says something; got "{}"',
    ],
    ['extra_label==a', 'invalid parameter "extra_label": want name=value; got "=a"'],
    [
      'extra_filters[]=',
      'invalid parameter "extra_filters[]": unknown position: parse error: unexpected end of input',
    ],
  ])('refuse %s', async (extra, message) => {
    const answer = await askSource(teams(), `GET /api/v1/labels?${extra}`);
    expect([answer.status, answer.text]).toEqual([400, bad(message)]);
  });

  it('are read by every endpoint but those of remote read', async () => {
    for (const { path, methods } of DATA_ENDPOINTS) {
      if (path.endsWith('read')) continue;
      for (const method of methods) {
        const answer = await askSource(teams(), `${method} ${path.replace(':name', 'job')}?extra_label=x`);
        expect([path, answer.status, answer.text]).toEqual([
          path,
          400,
          expect.stringContaining('want name=value'),
        ]);
      }
    }
  });

  it('refuse more than 32 filters', async () => {
    const extra = Array.from({ length: 32 }, () => '&extra_filters[]={a="b"}').join('');
    const answer = await askSource(teams(), `GET /api/v1/labels?extra_filters={a="b"}${extra}`);
    const message = 'invalid parameter "extra_filters[]": too many filters; got 33, the limit is 32';
    expect([answer.status, answer.text]).toEqual([400, bad(message)]);
  });
});
