import { expect, it } from 'vitest';
import { parseInteger } from './integer-parameter.ts';

it.each([
  ['0', 0],
  ['+7', 7],
  ['-7', -7],
  ['-007', -7],
  [`${'0'.repeat(100)}1`, 1],
  ['9223372036854775807', 2 ** 63],
  ['-9223372036854775808', -(2 ** 63)],
])('reads %s', (text, value) => {
  expect(parseInteger(text)).toEqual({ value });
});

it.each([
  ['', 'invalid syntax'],
  ['1.0', 'invalid syntax'],
  ['1e3', 'invalid syntax'],
  ['--1', 'invalid syntax'],
  ['9223372036854775808', 'value out of range'],
  ['-9223372036854775809', 'value out of range'],
  ['1'.repeat(1000), 'value out of range'],
])('says what is wrong with "%s"', (text, reason) => {
  expect(parseInteger(text)).toEqual({ problem: `parsing "${text}": ${reason}` });
});
