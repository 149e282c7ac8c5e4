import { describe, expect, it } from 'vitest';
import { type Answer, parseAnswer } from './answer.ts';
import { differenceOf, shapeDifferenceOf, sizeDifferenceOf } from './compare-answers.ts';

const STRICT = { relativeTolerance: 1e-9, isStrict: true };
const LOOSE = { relativeTolerance: 1e-6, isStrict: false };
const A = { __name__: 'm', l: 'a' };
const B = { __name__: 'm', l: 'b' };

type Labels = Readonly<Record<string, string>>;
/** For example `60:1 70:NaN`: seconds and values. */
type PointsText = string;

function pointsOf(text: PointsText): [number, string][] {
  const parts = text === '' ? [] : text.split(' ').map((point) => point.split(':'));
  return parts.map(([seconds = '', value = '']) => [Number(seconds), value]);
}

function matrix(series: readonly (readonly [Labels, PointsText])[], notes = {}): Answer {
  const result = series.map(([metric, text]) => ({ metric, values: pointsOf(text) }));
  return parseAnswer(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result }, ...notes }));
}

function vector(series: readonly (readonly [Labels, PointsText])[]): Answer {
  const result = series.map(([metric, text]) => ({ metric, value: pointsOf(text)[0] }));
  return parseAnswer(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
}

describe('differenceOf', () => {
  it('finds none between equal answers, however their numbers are written', () => {
    const own = matrix([[A, '60:1 70.5:NaN 80:+Inf']]);
    expect(own.series[0]?.timestampMs).toEqual([60_000, 70_500, 80_000]);
    expect(differenceOf(own, matrix([[A, '60:1e0 70.5:NaN 80:Inf']]), STRICT)).toBeNull();
  });

  it.each([
    ['60:1.000000002 70:2', "is 1 at 60000 ms, the peer's is 1.000000002"],
    ['60:NaN 70:2', "is 1 at 60000 ms, the peer's is NaN"],
    ['60:+Inf 70:2', "is 1 at 60000 ms, the peer's is Infinity"],
    ['60:-1 70:2', "is 1 at 60000 ms, the peer's is -1"],
    ['60:1 71:2', "has a point at 70000 ms, the peer's is at 71000 ms"],
    ['60:1', "has a point at 70000 ms, the peer's is missing"],
    ['60:1 70:2 80:3', "has 2 points, the peer's has 3"],
  ])('tells 60:1 70:2 from %s', (text, difference) => {
    const own = matrix([[A, '60:1 70:2']]);
    expect(differenceOf(own, matrix([[A, text]]), STRICT)).toBe(`{__name__="m",l="a"} ${difference}`);
  });

  it('tolerates as much as it is told, in parts of the larger value', () => {
    const own = matrix([[A, '60:1000000']]);
    const peer = matrix([[A, '60:1000000.9']]);
    expect(differenceOf(own, peer, LOOSE)).toBeNull();
    expect(differenceOf(own, peer, STRICT)).toMatch(/is 1000000 at/);
  });

  it('tells which series is missing, new or another', () => {
    const both = matrix([
      [A, '60:1'],
      [B, '60:1'],
    ]);
    const first = matrix([[A, '60:1']]);
    const other = matrix([
      [A, '60:1'],
      [{ l: 'b' }, '60:1'],
    ]);
    expect(differenceOf(both, first, STRICT)).toBe(
      '2 series, the peer\'s has 1: series 1 is {__name__="m",l="b"}, the peer\'s is missing',
    );
    expect(differenceOf(first, both, STRICT)).toBe("1 series, the peer's has 2");
    expect(differenceOf(both, other, STRICT)).toBe(
      'series 1 is {__name__="m",l="b"}, the peer\'s is {l="b"}',
    );
  });

  it('looks at the order of a matrix only when it is strict, and never at that of a vector', () => {
    const sorted = [
      [A, '60:1'],
      [B, '60:2'],
    ] as const;
    expect(differenceOf(matrix(sorted), matrix(sorted.toReversed()), STRICT)).toMatch(/^series 0/);
    expect(differenceOf(matrix(sorted), matrix(sorted.toReversed()), LOOSE)).toBeNull();
    expect(differenceOf(vector(sorted), vector(sorted.toReversed()), STRICT)).toBeNull();
  });

  it('counts warnings and infos when it is strict', () => {
    const own = matrix([[A, '60:1']], { infos: ['x'] });
    const peer = matrix([[A, '60:1']], { warnings: ['x'] });
    const difference = "0 warnings and 1 infos, the peer's has 1 warnings and 0 infos";
    expect(differenceOf(own, peer, STRICT)).toBe(difference);
    expect(differenceOf(own, peer, LOOSE)).toBeNull();
  });

  it('tells vectors from matrices', () => {
    expect(differenceOf(vector([]), matrix([]), LOOSE)).toBe("a vector, the peer's is a matrix");
  });
});

describe('shapeDifferenceOf', () => {
  const own = matrix([
    [{ l: 'a' }, '60:1 70:2'],
    [{ l: 'b' }, '60:1'],
  ]);
  const shapeDifference = (aPoints: PointsText, bPoints: PointsText): string | null =>
    shapeDifferenceOf(
      own,
      matrix([
        [B, bPoints],
        [A, aPoints],
      ]),
    );

  it('needs the same series without their names, in any order and with any values', () => {
    expect(shapeDifference('60:8 70:9', '60:7')).toBeNull();
    expect(shapeDifferenceOf(own, matrix([[A, '60:1 70:2']]))).toMatch(/^2 series, the peer's has 1/);
  });

  it('tolerates one point more or less, not two', () => {
    expect(shapeDifference('60:1', '60:1 70:1')).toBeNull();
    expect(shapeDifference('', '60:1')).toBe('{l="a"} has 2 points, the peer\'s has 0');
  });
});

it('sizeDifferenceOf counts the points of all series', () => {
  const own = matrix([[A, '60:1 70:2']]);
  const spread = matrix([
    [A, '60:5'],
    [B, '70:5'],
  ]);
  expect(sizeDifferenceOf(own, spread)).toBeNull();
  expect(sizeDifferenceOf(own, matrix([[A, '60:5']]))).toBe("2 points, the peer's has 1");
});

it('parseAnswer refuses errors and scalars', () => {
  const refused = expect.objectContaining({ code: 'ERR_BENCH_RESULT' });
  expect(() => parseAnswer('{"status":"error","error":"no"}')).toThrow(refused);
  const scalar = { status: 'success', data: { resultType: 'scalar', result: [60, '1'] } };
  expect(() => parseAnswer(JSON.stringify(scalar))).toThrow(refused);
});
