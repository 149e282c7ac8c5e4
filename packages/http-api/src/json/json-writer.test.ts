import { describe, expect, it } from 'vitest';
import { JsonWriter } from './json-writer.ts';
import { formatPlainNumber } from './plain-number.ts';
import { formatSampleNumber } from './sample-number-writer.ts';

function render(write: (writer: JsonWriter) => void, capacityBytes = 1): string {
  const writer = new JsonWriter(capacityBytes);
  write(writer);
  return new TextDecoder('utf-8', { fatal: true }).decode(writer.finish());
}

describe('strings', () => {
  const cases: readonly [text: string, asLabel: string, asOther: string][] = [
    ['', '""', '""'],
    ['up', '"up"', '"up"'],
    ['a"b\\c', '"a\\"b\\\\c"', '"a\\"b\\\\c"'],
    ['\n\r\t', '"\\n\\r\\t"', '"\\n\\r\\t"'],
    [
      '\u0000\b\f\u001f\u007f',
      '"\\u0000\\u0008\\u000c\\u001f\u007f"',
      '"\\u0000\\u0008\\u000c\\u001f\u007f"',
    ],
    ['<é>&😀', '"<é>&😀"', '"\\u003cé\\u003e\\u0026😀"'],
    ['\u2028\u2029', '"\u2028\u2029"', '"\\u2028\\u2029"'],
    ['x'.repeat(1000), `"${'x'.repeat(1000)}"`, `"${'x'.repeat(1000)}"`],
  ];
  it.each(cases)('%j', (text, asLabel, asOther) => {
    expect(render((writer) => writer.labelText(text))).toBe(asLabel);
    expect(render((writer) => writer.text(text))).toBe(asOther);
    expect(JSON.parse(asLabel)).toBe(text);
  });

  it('writes U+FFFD for a lone surrogate', () => {
    expect(render((writer) => writer.labelText('a\ud800b'))).toBe('"a\ufffdb"');
  });
});

describe('points', () => {
  const cases: readonly [timestampMs: number, value: number, text: string][] = [
    [1_435_781_430_781, 1, '[1435781430.781,"1"]'],
    [1_435_781_430_000, -0, '[1435781430,"-0"]'],
    [1_435_781_430_500, 1e21, '[1435781430.500,"1e+21"]'],
    [1, 1e-7, '[0.001,"1e-07"]'],
    [-1500, 5e-324, '[-1.500,"5e-324"]'],
    [0, NaN, '[0,"NaN"]'],
    [90, Infinity, '[0.090,"+Inf"]'],
    [99_999_999_000, -Infinity, '[99999999,"-Inf"]'],
    [100_000_000_000, 0.000001, '[100000000,"0.000001"]'],
    [Number.MAX_SAFE_INTEGER, -1.7976931348623157e308, '[9007199254740.991,"-1.7976931348623157e+308"]'],
    [1000, 0.1 + 0.2, '[1,"0.30000000000000004"]'],
    [1000, 123456789012345680000, '[1,"123456789012345680000"]'],
    [1000, 2 ** 53, '[1,"9007199254740992"]'],
    [1000, 0.125, '[1,"0.125"]'],
  ];
  it.each(cases)('%d ms, %d', (timestampMs, value, text) => {
    const write = (writer: JsonWriter): void =>
      writer.points(Float64Array.of(timestampMs), Float64Array.of(value), 0, 1);
    expect(render(write)).toBe(text);
  });

  it('separates them by commas across batches', () => {
    const columns = [Float64Array.of(1000, 2000, 3000), Float64Array.of(1, 2, 3)] as const;
    const text = render((writer) => {
      writer.points(...columns, 0, 2);
      writer.points(...columns, 2, 3);
    });
    expect(text).toBe('[1,"1"],[2,"2"],[3,"3"]');
  });
});

describe('points of series that share their timestamps', () => {
  it('are written as those of a single one', () => {
    const timestamps = [Number.MIN_SAFE_INTEGER, -1500, 0, 1, 1000, 1_435_781_430_000, 1_435_781_430_781];
    const timestampMs = Float64Array.from([...timestamps, Number.MAX_SAFE_INTEGER]);
    const value = Float64Array.from(timestampMs, (_, index) => index / 8);
    const { length } = timestampMs;
    const single = render((writer) => writer.points(timestampMs, value, 0, length));
    const text = render((writer) => {
      for (let series = 0; series < 3; series++) {
        writer.points(timestampMs, value, 0, 3);
        writer.points(timestampMs, value, 3, length);
        writer.raw('\n');
      }
      writer.points(
        timestampMs.map((t) => t),
        value,
        0,
        length,
      );
    });
    expect(text).toBe(`${single}\n${single}\n${single}\n${single}`);
  });

  it('follow a column that is longer, or shorter', () => {
    const [long, short] = [5, 2].map((count) => Float64Array.from({ length: count }, (_, index) => index));
    const text = render((writer) => {
      for (const column of [short!, short!, long!, long!, short!, short!]) {
        writer.points(column, column, 0, column.length);
        writer.raw(';');
      }
    });
    const [first, second] = ['[0,"0"],[0.001,"1"]', '[0.002,"2"],[0.003,"3"],[0.004,"4"]'];
    const whole = `${first},${second}`;
    expect(text).toBe([first, first, whole, whole, first, first].map((part) => `${part};`).join(''));
  });
});

describe('numbers as text', () => {
  const cases: readonly [value: number, sample: string, plain: string][] = [
    [1e21, '1e+21', '1000000000000000000000'],
    [1.25e22, '1.25e+22', '12500000000000000000000'],
    [1.25e-7, '1.25e-07', '0.000000125'],
    [5e-324, '5e-324', `0.${'0'.repeat(323)}5`],
    [-2.5e-10, '-2.5e-10', '-0.00000000025'],
    [-0, '-0', '-0'],
    [NaN, 'NaN', 'NaN'],
    [Infinity, '+Inf', '+Inf'],
    [-Infinity, '-Inf', '-Inf'],
    [-1.5, '-1.5', '-1.5'],
  ];
  it.each(cases)('%d', (value, sample, plain) => {
    expect([formatSampleNumber(value), formatPlainNumber(value)]).toEqual([sample, plain]);
  });
});
