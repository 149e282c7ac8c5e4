import { LabelRegex } from '@promontory/model';
import { expect, it } from 'vitest';
import { corsHeaders } from './cors.ts';

function allowedOrigin(pattern: string, origin: string | undefined): string | undefined {
  return corsHeaders(origin, new LabelRegex(pattern)).find(
    ([name]) => name === 'Access-Control-Allow-Origin',
  )?.[1];
}

it.each<[pattern: string, origin: string | undefined, allowed: string | undefined]>([
  ['.*', 'http://grafana:3000', '*'],
  ['.*', undefined, undefined],
  ['.*', '', undefined],
  ['https?://grafana(:\\d+)?', 'http://grafana:3000', 'http://grafana:3000'],
  ['https?://grafana(:\\d+)?', 'http://grafana.evil', undefined],
  ['https?://grafana(:\\d+)?', 'http://evil/http://grafana', undefined],
])('%s, %s: %s', (pattern, origin, allowed) => {
  expect(allowedOrigin(pattern, origin)).toBe(allowed);
});

it('tells caches that answers differ by origin, when they do', () => {
  const vary = ['Vary', 'Origin'];
  expect(corsHeaders('http://a', new LabelRegex('http://b'))).toEqual([vary]);
  expect(corsHeaders('http://b', new LabelRegex('http://b'))).toContainEqual(vary);
  expect(corsHeaders(undefined, new LabelRegex('http://b'))).toEqual([vary]);
  expect(corsHeaders('http://b', new LabelRegex('.*'))).not.toContainEqual(vary);
});

it('lets pages read when an answer was made, and the code of an error', () => {
  const exposed = ['Access-Control-Expose-Headers', 'Date, X-Promontory-Error'];
  expect(corsHeaders('http://b', new LabelRegex('http://b'))).toContainEqual(exposed);
});
