import { describe, expect, it } from 'vitest';
import { unitName, unitWords } from './unit-names.ts';

describe('unitName', () => {
  it.each([
    ['', ''],
    ['   ', ''],
    ['d', 'days'],
    ['h', 'hours'],
    ['min', 'minutes'],
    ['s', 'seconds'],
    ['ms', 'milliseconds'],
    ['us', 'microseconds'],
    ['ns', 'nanoseconds'],
    ['By', 'bytes'],
    ['KiBy', 'kibibytes'],
    ['MiBy', 'mebibytes'],
    ['GiBy', 'gibibytes'],
    ['TiBy', 'tibibytes'],
    ['KBy', 'kilobytes'],
    ['MBy', 'megabytes'],
    ['GBy', 'gigabytes'],
    ['TBy', 'terabytes'],
    ['m', 'meters'],
    ['V', 'volts'],
    ['A', 'amperes'],
    ['J', 'joules'],
    ['W', 'watts'],
    ['g', 'grams'],
    ['Cel', 'celsius'],
    ['Hz', 'hertz'],
    ['%', 'percent'],
    ['1', ''],
    ['1/s', 'per_second'],
    ['1/m', 'per_minute'],
    ['1/h', 'per_hour'],
    ['1/d', 'per_day'],
    ['1/w', 'per_week'],
    ['1/mo', 'per_month'],
    ['1/y', 'per_year'],
    ['By/s', 'bytes_per_second'],
    [' By / s ', 'bytes_per_second'],
    ['m/m', 'meters_per_minute'],
    ['W.s', 'W_s'],
    ['parsecs', 'parsecs'],
    ['parsecs/s', 'parsecs_per_second'],
    ['By/s/m', 'bytes_per_s_m'],
    ['{request}', ''],
    ['{request}/s', 'per_second'],
    ['By/{request}', 'bytes'],
    ['{a}/{b}', ''],
    ['/', ''],
    ['/s', 'per_second'],
    ['By/', 'bytes'],
    ['@#$', ''],
    ['a@#b', 'a_b'],
    ['_a__b_', 'a_b'],
    ['By/_a__b_', 'bytes_per_a_b'],
    ['constructor', 'constructor'],
    ['__proto__', 'proto'],
  ])('%j is %j', (unit, name) => {
    expect(unitName(unit)).toBe(name);
  });
});

it('words keep their characters where names do', () => {
  expect(unitWords('a@b/c#d')).toEqual({ main: 'a@b', per: 'per_c#d' });
});
