import { expect, it } from 'vitest';
import { ERR_OTLP_OPTIONS_INVALID } from '../error-codes.ts';
import { DEFAULT_OTLP_TRANSLATION_OPTIONS, otlpTranslationOptions } from './options.ts';

it('the defaults are for what is not given', () => {
  expect(otlpTranslationOptions()).toEqual(DEFAULT_OTLP_TRANSLATION_OPTIONS);
  expect(otlpTranslationOptions({ promoteScopeMetadata: true })).toEqual({
    ...DEFAULT_OTLP_TRANSLATION_OPTIONS,
    promoteScopeMetadata: true,
  });
});

it.each<[what: string, options: Record<string, unknown>]>([
  ['a strategy that there is not', { translationStrategy: 'Nonsense' }],
  ['promoting all and some', { promoteAllResourceAttributes: true, promoteResourceAttributes: ['a'] }],
  ['ignoring some of those that are not promoted', { ignoreResourceAttributes: ['a'] }],
  ['an empty name', { promoteResourceAttributes: ['a', ' '] }],
  ['a name twice', { promoteResourceAttributes: ['a', 'b', 'a'] }],
  ['a lookback of no length', { lookbackDeltaMs: 0 }],
  [
    'a bound that is no number',
    { limits: { ...DEFAULT_OTLP_TRANSLATION_OPTIONS.limits, samplesMax: Number.NaN } },
  ],
])('%s is refused', (_what, options) => {
  expect(() => otlpTranslationOptions(options)).toThrow(
    expect.objectContaining({ code: ERR_OTLP_OPTIONS_INVALID, kind: 'bad-data' }),
  );
});
