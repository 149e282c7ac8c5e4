import { emptyBuckets, Labels, type NativeHistogram } from '@promontory/model';
import { STALE } from '@promontory/promql';
import { describe, expect, it, vi } from 'vitest';
import { type Answer, askSource, MemoryDataSource, NOW_MS, toRequest, LIMITS } from '../api-test-harness.ts';
import { negotiateFormat } from './exposition-format.ts';
import { escapeName, type EscapingScheme } from './name-escaping.ts';

const OPEN = 'application/openmetrics-text;version=1.0.0';
const AT_MS = NOW_MS - 1000;
const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
const HISTOGRAM: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'unknown',
  schema: 0,
  zeroThreshold: 0.5,
  zeroCount: 1,
  count: 1,
  sum: 0,
  isStale: false,
  positive: emptyBuckets(),
  negative: emptyBuckets(),
  customValues: new Float64Array(0),
};

function source(): MemoryDataSource {
  const memory = new MemoryDataSource();
  const add = (labels: Record<string, string>, value: number | typeof STALE, timestampMs = AT_MS): void =>
    memory.add(Labels.fromObject(labels), timestampMs, value);
  add({ __name__: 'up', job: 'b', instance: 'i' }, 1e6);
  add({ __name__: 'up', job: 'a' }, 0, NOW_MS - 60_000);
  add({ __name__: 'up', job: 'a' }, 1.5);
  add({ __name__: 'gone' }, 1, NOW_MS - 60_000);
  add({ __name__: 'gone' }, STALE);
  add({ __name__: 'old' }, 1, NOW_MS - 300_001);
  add({ __name__: 'future' }, 1, NOW_MS + 1);
  add({ __name__: 'hits_total' }, 3);
  add({ __name__: 'plain', path: 'a"\\\n' }, Number.NaN);
  add({ __name__: 'latency_bucket', le: '+Inf' }, 2);
  add({ __name__: 'latency_count' }, 2);
  add({ __name__: 'a.b', 'c.d': 'ü' }, Number.NEGATIVE_INFINITY);
  add({ job: 'nameless' }, 1);
  memory.add(Labels.fromObject({ __name__: 'native' }), AT_MS, HISTOGRAM);
  memory.sayings.set('up', [{ type: 'gauge', unit: '', help: '' }]);
  memory.sayings.set('hits', [{ type: 'counter', unit: '', help: '' }]);
  memory.sayings.set('plain', [{ type: 'counter', unit: '', help: '' }]);
  memory.sayings.set('latency', [{ type: 'histogram', unit: '', help: '' }]);
  return memory;
}

function federate(query: string, accept?: string, externalLabels?: Labels): Promise<Answer> {
  const request = toRequest(`GET /federate?${query}`, accept === undefined ? {} : { accept });
  return askSource(source(), request, externalLabels === undefined ? {} : { externalLabels });
}

const contentType = ({ response }: Answer): string | undefined =>
  response.headers.find(([name]) => name === 'Content-Type')?.[1];
const EVERYTHING = 'match[]={__name__=~".%2B"}';

describe('/federate', () => {
  it('gives the newest samples as text, sorted by name, with the types that writers say', async () => {
    const answer = await federate(EVERYTHING);
    expect(contentType(answer)).toBe('text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
    expect(answer.text).toBe(
      [
        '# TYPE a_b untyped',
        `a_b{c_d="ü",instance=""} -Inf ${AT_MS}`,
        '# TYPE hits_total counter',
        `hits_total{instance=""} 3 ${AT_MS}`,
        '# TYPE latency histogram',
        `latency_bucket{le="+Inf",instance=""} 2 ${AT_MS}`,
        `latency_count{instance=""} 2 ${AT_MS}`,
        '# TYPE plain counter',
        `plain{path="a\\"\\\\\\n",instance=""} NaN ${AT_MS}`,
        '# TYPE up gauge',
        `up{instance="i",job="b"} 1e+06 ${AT_MS}`,
        `up{job="a",instance=""} 1.5 ${AT_MS}`,
        '',
      ].join('\n'),
    );
  });

  it('gives OpenMetrics to who asks for it', async () => {
    const answer = await federate(`${EVERYTHING}&match[]=up`, `${OPEN};escaping=allow-utf-8,*/*;q=0.1`);
    expect(contentType(answer)).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    );
    expect(answer.text).toBe(
      [
        '# TYPE "a.b" unknown',
        '{"a.b","c.d"="ü",instance=""} -Inf 1.69999999925e+09',
        '# TYPE hits counter',
        'hits_total{instance=""} 3.0 1.69999999925e+09',
        '# TYPE latency histogram',
        'latency_bucket{le="+Inf",instance=""} 2.0 1.69999999925e+09',
        'latency_count{instance=""} 2.0 1.69999999925e+09',
        '# TYPE plain unknown',
        'plain{path="a\\"\\\\\\n",instance=""} NaN 1.69999999925e+09',
        '# TYPE up gauge',
        'up{instance="i",job="b"} 1e+06 1.69999999925e+09',
        'up{job="a",instance=""} 1.5 1.69999999925e+09',
        '# EOF',
        '',
      ].join('\n'),
    );
  });

  it('gives native histograms in protobuf only', async () => {
    const answer = await federate('match[]=native', PROTOBUF);
    expect(contentType(answer)).toBe(
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores',
    );
    const text = Buffer.from(answer.response.body).toString('latin1');
    expect([text.includes('native'), text.charCodeAt(0)]).toEqual([true, text.length - 1]);
    expect((await federate('match[]=native')).text).toBe('');
    expect((await federate('match[]=native', OPEN)).text).toBe('# EOF\n');
  });

  it('adds external labels that series do not have', async () => {
    const external = Labels.fromObject({ region: 'eu', job: 'x', zz: '1' });
    const answer = await federate('match[]=up{job="a"}&match[]=plain', undefined, external);
    expect(answer.text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
      `plain{path="a\\"\\\\\\n",instance="",job="x",region="eu",zz="1"} NaN ${AT_MS}`,
      `up{job="a",instance="",region="eu",zz="1"} 1.5 ${AT_MS}`,
      '',
    ]);
  });

  it.each([
    ['nothing without match[]', '', ''],
    [
      'each series once',
      'match[]=up{job="b"}&match[]={job="b"}',
      `up{instance="i",job="b"} 1e+06 ${AT_MS}\n`,
    ],
    [
      'what a narrowed request may see',
      'match[]=up&extra_label=job=b',
      `up{instance="i",job="b"} 1e+06 ${AT_MS}\n`,
    ],
    ['all series for {}', 'match[]={}&extra_label=job=b', `up{instance="i",job="b"} 1e+06 ${AT_MS}\n`],
  ])('gives %s', async (_what, query, lines) => {
    const answer = await federate(query);
    expect([answer.status, answer.text.replace('# TYPE up gauge\n', '')]).toEqual([200, lines]);
  });

  it('says errors as text', async () => {
    const answer = await federate('match[]=up(');
    expect([answer.status, answer.text]).toEqual([400, '1:3: parse error: unexpected "("\n']);
    expect(contentType(answer)).toBe('text/plain; charset=utf-8');
    const narrowed = await federate('extra_label=x');
    expect(narrowed.text).toBe('invalid parameter "extra_label": want name=value; got "x"\n');
    const post = await askSource(source(), 'POST /federate?match[]=up');
    expect([post.status, post.response.headers.find(([name]) => name === 'Allow')?.[1]]).toEqual([
      405,
      'GET, HEAD, OPTIONS',
    ]);
  });

  it('refuses more series than a query may hold samples, and ends when nobody waits or time is over', async () => {
    const limits = { ...LIMITS, queryDurationMsMax: 1, querySamplesMax: 2 };
    const many = await askSource(source(), `GET /federate?${EVERYTHING}`, { limits });
    expect([many.status, many.text]).toEqual([
      422,
      'cannot federate: too many series; got 9, the limit is 2 samples\n',
    ]);
    const small = { ...limits, querySamplesMax: 1000, queryDurationMsMax: 1000, queryMemoryBytesMax: 1000 };
    const large = await askSource(source(), `GET /federate?${EVERYTHING}`, { limits: small });
    expect([large.status, large.text]).toEqual([
      422,
      'cannot federate: it would need too much memory; the limit is 1000 bytes\n',
    ]);
    const late = { ...limits, querySamplesMax: 1000, queryDurationMsMax: -1 };
    const timedOut = await askSource(source(), 'GET /federate?match[]=up', { limits: late });
    expect([timedOut.status, timedOut.text]).toEqual([503, 'federation timed out; want at most -1 ms\n']);
    const gone = await askSource(source(), 'GET /federate?match[]=up', {}, {}, () => true);
    expect([gone.status, gone.text]).toEqual([499, 'federation was canceled\n']);
  });

  it.each(['text/plain', OPEN, PROTOBUF])('looks up while it writes %s', async (accept) => {
    const many = source();
    for (let index = 0; index < 3000; index++) {
      const labels = Labels.fromObject({ __name__: 'many', index: String(index).padStart(4, '0') });
      many.add(labels, AT_MS, 1);
    }
    const looksOf = async (name: string): Promise<number> => {
      let looks = 0;
      const request = toRequest(`GET /federate?match[]=${name}`, { accept });
      const limits = { ...LIMITS, querySamplesMax: 10_000 };
      const { status } = await askSource(many, request, { limits }, {}, () => ++looks < 0);
      expect(status).toBe(200);
      return looks;
    };
    // The source looks at all series; joining, reading, sorting, grouping and writing at those that match.
    const none = await looksOf('nobody');
    expect((await looksOf('many')) - none).toBe(5 * (3000 / 500));
  });

  it('selects no more once its selectors found too many together', async () => {
    const counting = source();
    const select = vi.spyOn(counting, 'select');
    const selectors = Array.from({ length: 40 }, () => 'match[]={job!="x"}').join('&');
    const { status } = await askSource(counting, `GET /federate?${selectors}`, {
      limits: { ...LIMITS, querySamplesMax: 30 },
    });
    expect([status, select.mock.calls.length]).toEqual([422, 8]);
  });
});

describe('negotiateFormat', () => {
  it.each([
    [undefined, 'text', 'underscores'],
    ['application/json', 'text', 'underscores'],
    ['*/*', 'text', 'underscores'],
    ['text/plain;version=0.0.4;escaping=dots', 'text', 'dots'],
    ['text/plain;version=2', 'text', 'underscores'],
    [`${PROTOBUF};q=0.2,${OPEN};escaping=values;q=0.3`, 'open-metrics', 'values'],
    [`${PROTOBUF};escaping=allow-utf-8,${OPEN}`, 'protobuf', 'allow-utf-8'],
    [`${PROTOBUF};q=0,text/plain;q=0.1`, 'text', 'underscores'],
    [`${PROTOBUF.replace('delimited', 'text')},${OPEN};q=0.5`, 'open-metrics', 'underscores'],
    ['application/openmetrics-text;version=0.0.1', 'text', 'underscores'],
    [`${OPEN};q=x, text/plain; version="1.0.0"; escaping="allow-utf-8"`, 'text', 'allow-utf-8'],
  ])('reads %s', (accept, kind, escaping) => {
    expect(negotiateFormat(accept)).toMatchObject({ kind, escaping });
  });
});

describe('escapeName', () => {
  it.each<[EscapingScheme, string, string]>([
    ['underscores', 'a.b:c_é', 'a_b:c__'],
    ['underscores', '0a', '_a'],
    ['dots', 'a.b_cé', 'a_dot_b__c__'],
    ['dots', 'a_b', 'a_b'],
    ['values', 'a_b', 'a_b'],
    ['values', 'a.b_c😀', 'U__a_2e_b__c_1f600_'],
    ['values', '1', 'U___31_'],
    ['allow-utf-8', 'a.b', 'a.b'],
    ['underscores', '', ''],
  ])('%s: %s → %s', (scheme, name, escaped) => {
    expect(escapeName(name, scheme)).toBe(escaped);
  });
});
