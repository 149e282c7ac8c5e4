import { describe, expect, it } from 'vitest';
import { parseScript } from './parse-script.ts';
import { lineOfError } from './script-error.ts';
import type { EvalCommand, LoadCommand } from './script.ts';

function load(...lines: string[]): LoadCommand {
  const [command] = parseScript(['load 1m', ...lines].join('\n'));
  if (command?.kind !== 'load') throw new Error('the script is one load');
  return command;
}

function evaluation(...lines: string[]): EvalCommand {
  const [command] = parseScript(lines.join('\n'));
  if (command?.kind !== 'eval') throw new Error('the script is one eval');
  return command;
}

describe('parseScript', () => {
  it('splits at empty lines and comments, and knows the lines', () => {
    const script = `
# A comment.
load 1m
  a 1
  # A comment ends the block, too.
clear
eval instant at 1m a
  a 1

eval range from 0 to 1m step 30s b
`;
    expect(parseScript(script).map(({ kind, line }) => [kind, line])).toEqual([
      ['load', 3],
      ['clear', 6],
      ['eval', 7],
      ['eval', 10],
    ]);
  });

  it.each([
    ['evaluate something', 1, 'expected eval instant at'],
    ['lode 1m', 1, 'unknown command lode 1m'],
    ['clear\nup 1', 2, 'unknown command up 1'],
    ['\nload', 2, 'expected load <step>'],
    ['load 1x\n  a 1', 1, 'unknown unit "x" in duration'],
    ['load 1m\n  a 1\n  b zwei', 3, 'zwei is no value'],
    ['load 1m\n  a 1\n  b {{count:1', 3, 'expected {{…}}'],
    ['load 1m\n  a {{cuont:1}}', 2, 'histograms have no field cuont'],
    ['load 1m\n  a{b="c" 1', 2, 'labels are not closed'],
    ['load 1m\n  a{b=c} 1', 2, 'cannot read script'],
    ['load 1m\n  a {{schema:99}}', 2, 'a histogram of a has schema 99'],
    ['load 1m\n  a {{count:1 buckets:[-1]}}', 2, 'a histogram of a has a negative count'],
    ['load 1m\n  a {{schema:-53 custom_values:[2 1]}}', 2, 'do not ascend'],
    ['load_with_nhcb 1m\n  a_bucket 1', 1, 'has no label le'],
    ['load_without 1m', 1, 'expected load <step>'],
    ['eval instant a', 1, 'expected eval instant at'],
    ['eval instant at noon a', 1, 'not a valid duration'],
    ['eval_ordered range from 0 to 1m step 1m a', 1, 'expected eval instant at'],
    ['eval range from 2m to 1m step 1m a', 1, 'is before the start'],
    ['eval range from 0 to 1m step 0 a', 1, 'the step is 0'],
    ['eval instant at 5m a\n  expect nothing', 2, 'unknown expectation expect nothing'],
    ['eval instant at 5m a\n  expect fail message: x', 2, 'unknown expectation'],
    ['eval instant at 5m a\n  expect warn regex: (', 2, 'Invalid regular expression'],
    ['eval instant at 5m a\n  expect warn\n  expect no_warn', 3, 'exclude each other'],
    ['eval instant at 5m a\n  expect no_info\n  expect info', 3, 'exclude each other'],
    ['eval instant at 5m a\n  expect fail msg: x\n  expect fail', 3, 'a second expect fail'],
    ['eval instant at 5m a\n  expect string text', 2, 'no string in quotes'],
    ['eval instant at 5m a\n  expect string "text', 2, 'cannot read script'],
    ['eval instant at 5m a\n  a 1 2', 2, 'one value a series'],
    ['eval instant at 5m a\n  a', 2, 'has no values'],
    ['eval instant at 5m a\n  expect range vector from 1m to 2m', 2, 'unknown expectation'],
    ['load 1m\n  a@st -1m', 2, 'stand above no line'],
    ['load 1m\n  a@st -1m\n  b 1', 2, 'stand above no line'],
    ['load 1m\n  a@st -1m\n  a@st -1m\n  a 1', 2, 'stand above no line'],
    ['load 1m\n  a@st -1m\n  a 1 2', 3, 'a has 2 samples and 1 start timestamps'],
    ['load 1m\n  @st', 2, 'has no start timestamps'],
    ['load 1m\n  a@st -1q\n  a 1', 2, 'unknown unit "q" in duration'],
  ])('refuses %j in line %i', (script, line, reason) => {
    let error: unknown = null;
    try {
      parseScript(script);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'ERR_CONFORMANCE_SCRIPT' });
    expect(lineOfError(error)).toBe(line);
    expect(String(error)).toContain(reason);
    expect(String(error).split('cannot read script')).toHaveLength(2);
  });
});

describe('load', () => {
  it('puts samples one step after the other', () => {
    expect(load('  a 1 _ stale 2', '  b {{count:7}}').series).toMatchObject([
      {
        samples: [{ timestampMs: 0, value: 1 }, { timestampMs: 120_000 }, { timestampMs: 180_000, value: 2 }],
      },
      { samples: [{ timestampMs: 0, value: { count: 7 } }] },
    ]);
  });

  it('takes the last definition of a series', () => {
    expect(load('  a{b="c"} 1 2', '  {__name__="a", b="c"} 3').series).toMatchObject([
      { samples: [{ value: 3 }] },
    ]);
  });

  function startsOf(...lines: string[]): (number | undefined)[][] {
    return load(...lines).series.map(({ samples }) =>
      samples.map(({ startTimestampMs }) => startTimestampMs),
    );
  }

  it('counts start timestamps from the times of the samples', () => {
    expect(startsOf('  a@st -30s _ 1s -90s', '  a 1 2 _ 4', '  b 1')).toEqual([
      [-30_000, undefined, 90_000],
      [undefined],
    ]);
  });

  it('gives series without their own the default, over and over', () => {
    const lines = ['  a 1', '  @st -1s _', '  b 1 2 3', '  c@st -5s', '  c 1', '  @st 2s', '  d 1'];
    expect(startsOf(...lines)).toEqual([[undefined], [-1000, undefined, 119_000], [-5000], [2000]]);
  });

  it('takes a start of 0 as not known', () => {
    expect(startsOf('  a@st 0 -1mx1', '  a 1 2 3')).toEqual([[undefined, undefined, 60_000]]);
  });
});

describe('eval', () => {
  it('reads times and query', () => {
    expect(evaluation('eval instant at 1m30s  sum(a)')).toMatchObject({
      query: 'sum(a)',
      times: { startMs: 90_000, endMs: 90_000, stepMs: 0 },
      isRange: false,
      rangeVector: null,
    });
    expect(evaluation('eval range from 1m to 2m step 30s a or b')).toMatchObject({
      query: 'a or b',
      times: { startMs: 60_000, endMs: 120_000, stepMs: 30_000 },
      isRange: true,
    });
  });

  it('reads the times of a range vector, and several values then', () => {
    const command = evaluation(
      'eval instant at 3m a[3m]',
      'expect range vector from 1m to 3m step 1m',
      'a 1 2 3',
    );
    expect(command.rangeVector).toEqual({ startMs: 60_000, endMs: 180_000, stepMs: 60_000 });
    expect(command.series).toMatchObject([{ items: [{ value: 1 }, { value: 2 }, { value: 3 }] }]);
  });

  const any = { kind: 'any' };

  it.each([
    [
      'eval instant at 0 a',
      '',
      { fail: null, warn: [], info: [], noWarn: false, noInfo: false, ordered: false },
    ],
    ['eval instant at 0 a', 'expect fail', { fail: any }],
    ['eval instant at 0 a', 'expect fail msg: no: way ', { fail: { kind: 'msg', text: 'no: way' } }],
    ['eval instant at 0 a', 'expect fail regex: ^no', { fail: { kind: 'regex', regex: /^no/ } }],
    ['eval instant at 0 a', 'expect warn\nexpect warn msg:x', { warn: [any, { kind: 'msg', text: 'x' }] }],
    ['eval instant at 0 a', 'expect info regex: x', { info: [{ kind: 'regex', regex: /x/ }] }],
    ['eval instant at 0 a', 'expect no_warn\nexpect no_info', { noWarn: true, noInfo: true }],
    ['eval instant at 0 a', 'expect ordered', { ordered: true }],
    ['eval instant at 0 a', 'expect string "a\\tb"', { string: 'a\tb', scalar: null }],
    ['eval instant at 0 a', '-1.5', { scalar: -1.5, string: null }],
    ['eval_fail instant at 0 a', '', { fail: any }],
    ['eval_fail instant at 0 a', 'expected_fail_message no way', { fail: { kind: 'msg', text: 'no way' } }],
    ['eval_fail instant at 0 a', 'expected_fail_regexp ^no', { fail: { kind: 'regex', regex: /^no/ } }],
    ['eval_fail instant at 0 a', 'expect fail msg: x', { fail: { kind: 'msg', text: 'x' } }],
    ['eval_warn instant at 0 a', '', { warn: [any] }],
    ['eval_info range from 0 to 1m step 1m a', '', { info: [any] }],
    ['eval_ordered instant at 0 a', '', { ordered: true }],
  ])('reads %j with %j', (head, body, expectations) => {
    expect(evaluation(head, ...(body === '' ? [] : [body])).expectations).toMatchObject(expectations);
  });

  it('takes a series called expect for one', () => {
    expect(evaluation('eval instant at 0 expect', 'expect{} 1').series).toHaveLength(1);
  });
});
