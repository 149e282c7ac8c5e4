import { expect, it } from 'vitest';
import type { OtlpValue } from '../request.ts';
import { attributeText } from './attribute-text.ts';

const map = (...entries: [string, OtlpValue][]): OtlpValue => ({
  kind: 'map',
  entries: entries.map(([key, value]) => ({ key, value })),
});
const array = (...items: OtlpValue[]): OtlpValue => ({ kind: 'array', items });

it.each<[OtlpValue, string]>([
  [null, ''],
  ['', ''],
  ['a "b" <c>', 'a "b" <c>'],
  [true, 'true'],
  [false, 'false'],
  [0n, '0'],
  [-9_223_372_036_854_775_808n, '-9223372036854775808'],
  [0.5, '0.5'],
  [5, '5'],
  [-0, '-0'],
  [1e21, '1e+21'],
  [1e20, '100000000000000000000'],
  [1e-7, '1e-7'],
  [Number.NaN, 'json: unsupported value: NaN'],
  [Number.POSITIVE_INFINITY, 'json: unsupported value: +Inf'],
  [Number.NEGATIVE_INFINITY, 'json: unsupported value: -Inf'],
  [Uint8Array.of(1, 2, 250), 'AQL6'],
  [array(), '[]'],
  [array('a', 1n, 1.5, true, null, Uint8Array.of(1)), '["a",1,1.5,true,null,"AQ=="]'],
  [array('<&>\u2028"\n'), '["\\u003c\\u0026\\u003e\\u2028\\"\\n"]'],
  [array(1, Number.NaN), ''],
  [map(['b', 1n], ['a', map(['x', 'y'])]), '{"a":{"x":"y"},"b":1}'],
  [map(['a', 1n], ['a', 2n]), '{"a":2}'],
  [map(['__proto__', 1n]), '{"__proto__":1}'],
  [map(['a', Number.POSITIVE_INFINITY]), ''],
])('%o is written as %j', (value, text) => {
  expect(attributeText(value)).toBe(text);
});
