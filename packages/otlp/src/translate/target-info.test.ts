import { describe, expect, it } from 'vitest';
import { decodeRequestJson } from '../json/request-decoder.ts';
import { attributes, requestOf, seriesTexts, testTime } from '../otlp-test-values.ts';
import { encodeTestJson } from '../proto/request-test-encoder.ts';
import type { OtlpTranslationOptions } from './options.ts';
import { targetInfoTimes } from './target-info.ts';
import type { Translation } from './translation.ts';
import { translateRequest } from './translator.ts';

function translate(
  resource: Readonly<Record<string, string>>,
  offsetsMs: readonly number[] = [0],
  options: Partial<OtlpTranslationOptions> = {},
): Translation {
  const dataPoints = offsetsMs.map((offsetMs) => ({ timeUnixNano: testTime(offsetMs), asInt: '1' }));
  const request = requestOf([{ name: 'm', gauge: { dataPoints } }], { resource: attributes(resource) });
  return translateRequest(decodeRequestJson(encodeTestJson(request)), options);
}

function infosOf({ series }: Translation): string[] {
  return seriesTexts(series).filter((text) => text.startsWith('target_info'));
}

describe('target_info', () => {
  it.each<[what: string, resource: Record<string, string>, want: string[]]>([
    ['job and more', { 'service.name': 's', 'a.b': 'x' }, ['target_info{a_b="x", job="s"} 1@0']],
    ['instance and more', { 'service.instance.id': 'i', a: 'x' }, ['target_info{a="x", instance="i"} 1@0']],
    ['a job of its own', { job: 's', a: 'x' }, ['target_info{a="x", job="s"} 1@0']],
    ['a name of its own', { 'service.name': 's', __name__: 'x' }, ['target_info{job="s"} 1@0']],
    ['a namespace alone', { 'service.namespace': 'n', a: 'x' }, []],
    [
      'job and instance alone',
      { 'service.name': 's', 'service.instance.id': 'i', 'service.namespace': 'n' },
      [],
    ],
    ['no job and no instance', { a: 'x' }, []],
    ['an empty job', { 'service.name': '', a: 'x' }, []],
    ['nothing', {}, []],
  ])('of a resource with %s', (_what, resource, want) => {
    expect(infosOf(translate(resource))).toEqual(want);
  });

  it('has metadata', () => {
    expect(translate({ 'service.name': 's', a: 'x' }).metadata.at(-1)).toEqual({
      metricName: 'target_info',
      type: 'gauge',
      unit: '',
      help: 'Target metadata',
    });
  });

  it('keeps what job and instance are made of when asked to', () => {
    const resource = { 'service.name': 's', 'service.namespace': 'n', 'service.instance.id': 'i' };
    const options = { keepIdentifyingResourceAttributes: true };
    expect(infosOf(translate(resource, [0], options))).toEqual([]);
    expect(infosOf(translate({ ...resource, a: 'x' }, [0], options))).toEqual([
      'target_info{a="x", instance="i", job="n/s", service_instance_id="i", service_name="s", service_namespace="n"} 1@0',
    ]);
  });

  it('joins attributes and takes neither promoted ones nor the scope', () => {
    const options = { promoteScopeMetadata: true, promoteAllResourceAttributes: true };
    const translation = translate({ 'service.name': 's', 'a.b': '1', a_b: '2' }, [0], options);
    expect(infosOf(translation)).toEqual(['target_info{a_b="1;2", job="s"} 1@0']);
    expect(translation.warnings.map(({ category }) => category)).toEqual(['label_name_collision']);
  });

  it('has a sample every half lookback, from the first point to the last', () => {
    const resource = { 'service.name': 's', a: 'x' };
    expect(infosOf(translate(resource, [400_000, 0]))).toEqual([
      'target_info{a="x", job="s"} 1@0 1@150000 1@300000 1@400000',
    ]);
    expect(infosOf(translate(resource, [0, 300], { lookbackDeltaMs: 200 }))).toEqual([
      'target_info{a="x", job="s"} 1@0 1@100 1@200 1@300',
    ]);
  });

  it('comes once for resources that are alike, and not for points without a time', () => {
    const point = (offsetMs: number): object => ({ timeUnixNano: testTime(offsetMs), asInt: '1' });
    const resourceMetrics = [[point(0)], [point(0), point(5)], [{ timeUnixNano: '0', asInt: '1' }]].map(
      (dataPoints) => ({
        resource: { attributes: attributes({ 'service.name': 's', a: 'x' }) },
        scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints } }] }],
      }),
    );
    const translation = translateRequest(decodeRequestJson(encodeTestJson({ resourceMetrics })));
    expect(infosOf(translation)).toEqual(['target_info{a="x", job="s"} 1@0 1@5']);
  });

  it('is written for the last part only when points lie far apart', () => {
    const times = targetInfoTimes({ earliestMs: 1, latestMs: 1_700_000_000_000 }, 300_000);
    expect(times.isShortened).toBe(true);
    expect(times.timestampsMs).toHaveLength(300);
    expect(times.timestampsMs.at(-1)).toBe(1_700_000_000_000);
    expect(times.timestampsMs.every((ms, index, all) => index === 0 || ms > (all[index - 1] ?? 0))).toBe(
      true,
    );
    const { warnings } = translate({ 'service.name': 's', a: 'x' }, [0, 86_400_000]);
    expect(warnings.map(({ category }) => category)).toEqual(['target_info_shortened']);
  });

  it('has as many labels as a series may have, and is left out with more', () => {
    const resource = (count: number): Record<string, string> => ({
      'service.name': 's',
      ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 'x'])),
    });
    const most = translate(resource(62));
    expect(most.warnings).toEqual([]);
    expect(most.series.at(-1)?.labels.size).toBe(64);
    expect(translate(resource(63)).warnings).toEqual([
      { category: 'target_info_dropped', count: 1, example: 'a resource: 65 labels, limit 64' },
    ]);
  });

  it('is left out, with a warning, when an attribute has no label name', () => {
    const translation = translate({ 'service.name': 's', ようこそ: 'x' });
    expect(infosOf(translation)).toEqual([]);
    expect(seriesTexts(translation.series)).toEqual(['m{job="s"} 1@0']);
    expect(translation.warnings.map(({ category }) => category)).toEqual(['target_info_dropped']);
  });
});
