import { PromontoryError } from '@promontory/base';
import {
  ERR_QUERY_EXECUTION,
  ERR_QUERY_TIMEOUT,
  ERR_QUERY_SAMPLES_MAX,
  ERR_QUERY_SYNTAX,
  ERR_QUERY_TYPE,
} from '@promontory/promql';
import { describe, expect, it } from 'vitest';
import { compareAnnotations, compareError } from './compare-annotations.ts';
import { parseScript } from './parse-script.ts';
import type { Expectations } from './script.ts';

function expectations(...lines: string[]): Expectations {
  const [command] = parseScript(['eval instant at 0 query', ...lines].join('\n'));
  if (command?.kind !== 'eval') throw new Error('the script is one eval');
  return command.expectations;
}

const NONE: readonly string[] = [];

describe('compareAnnotations', () => {
  it.each([
    [[], ['w'], ['i']],
    [['expect warn'], ['w', 'w2'], ['i']],
    [['expect warn', 'expect no_info'], ['w'], NONE],
    [['expect info', 'expect no_warn'], NONE, ['i']],
    [['expect no_warn'], NONE, ['i']],
    [['expect no_info'], ['w'], NONE],
    [['expect warn msg: a b (1:2)'], ['a b (1:2)'], ['i']],
    [['expect warn msg: a', 'expect warn regex: ^b'], ['bc', 'a'], NONE],
    [['expect info regex: b.*\\(1:[0-9]\\)'], NONE, ['a b (1:2)']],
    [['expect warn', 'expect warn msg: a'], ['a', 'b'], NONE],
  ])('passes %j with warnings %j and infos %j', (lines, warnings, infos) => {
    expect(compareAnnotations(expectations(...lines), { warnings, infos })).toBeNull();
  });

  it.each([
    [['expect warn'], NONE, ['i'], 'expected warning (any) is missing; got none'],
    [['expect info'], ['w'], NONE, 'expected info (any) is missing; got none'],
    [['expect no_warn'], ['w'], NONE, 'unexpected warnings: w'],
    [['expect no_info'], NONE, ['i', 'i2'], 'unexpected infos: i; i2'],
    [['expect warn msg: a (1:2)'], ['a (1:3)'], NONE, 'expected warning a (1:2) is missing; got a (1:3)'],
    [['expect warn msg: a'], ['a b'], NONE, 'expected warning a is missing'],
    [['expect warn msg: a'], NONE, ['a'], 'expected warning a is missing'],
    [['expect info msg: a'], NONE, ['a', 'b'], 'unexpected info: b'],
    [['expect warn regex: ^a'], ['a', 'ba'], NONE, 'unexpected warning: ba'],
    [['expect info regex: \\(1:7\\)'], NONE, ['x (1:6)'], 'is missing; got x (1:6)'],
    [['expect warn msg: a', 'expect warn msg: b'], ['a'], NONE, 'expected warning b is missing'],
  ])('fails %j with warnings %j and infos %j', (lines, warnings, infos, complaint) => {
    expect(compareAnnotations(expectations(...lines), { warnings, infos })).toContain(complaint);
  });
});

describe('compareError', () => {
  function refusal(code: string): PromontoryError {
    return new PromontoryError('no such thing', { code, kind: 'execution' });
  }

  it.each([
    ['expect fail', ERR_QUERY_EXECUTION],
    ['expect fail msg: no such thing', ERR_QUERY_TYPE],
    ['expect fail regex: such', ERR_QUERY_SYNTAX],
  ])('passes %j with %s', (line, code) => {
    expect(compareError(expectations(line), refusal(code))).toBeNull();
  });

  it.each([
    ['expect warn', ERR_QUERY_EXECUTION, 'unexpected error: no such thing'],
    ['expect fail msg: no such', ERR_QUERY_EXECUTION, 'expected the error no such, got no such thing'],
    ['expect fail regex: ^such', ERR_QUERY_EXECUTION, 'expected the error /^such/, got no such thing'],
    ['expect fail', ERR_QUERY_TIMEOUT, 'unexpected error'],
    ['expect fail msg: no such thing', ERR_QUERY_TIMEOUT, 'unexpected error'],
    ['expect fail', ERR_QUERY_SAMPLES_MAX, 'unexpected error'],
  ])('fails %j with %s', (line, code, complaint) => {
    expect(compareError(expectations(line), refusal(code))).toContain(complaint);
  });

  it('fails an error that is no answer', () => {
    expect(compareError(expectations('expect fail'), new TypeError('x is undefined'))).toContain(
      'unexpected error',
    );
  });
});
