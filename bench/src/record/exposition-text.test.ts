import { describe, expect, it } from 'vitest';
import { readExposition, readLabels, readValue } from './exposition-text.ts';

const TEXT = `# HELP up Whether it is up.
# TYPE up gauge
up 1
node_cpu_seconds_total{cpu="0",mode="idle"} 1.25e+06
with_timestamp{a="b"} 3 1790000000000
odd{path="C:\\\\x \\"y\\"\\nz {} 7",b=""} +Inf

not a sample line at all
`;

describe('readExposition', () => {
  it('finds every sample and nothing else', () => {
    expect([...readExposition(TEXT)]).toEqual([
      ['up{}', '1'],
      ['node_cpu_seconds_total{cpu="0",mode="idle"}', '1.25e+06'],
      ['with_timestamp{a="b"}', '3'],
      ['odd{path="C:\\\\x \\"y\\"\\nz {} 7",b=""}', '+Inf'],
    ]);
  });
});

describe('readLabels', () => {
  it('has the name and the labels, with their escapes undone', () => {
    const [up = '', , , odd = ''] = readExposition(TEXT).keys();
    expect(readLabels(up)).toEqual({ __name__: 'up' });
    expect(readLabels(odd)).toEqual({ __name__: 'odd', path: 'C:\\x "y"\nz {} 7', b: '' });
  });
});

describe('readValue', () => {
  it.each([
    ['1.25e+06', 1_250_000],
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['NaN', NaN],
  ])('reads %s', (text, value) => {
    expect(readValue(text)).toBe(value);
  });
});
