import { expect, it } from 'vitest';
import { nsPerOp } from './decode.ts';

const OUTPUT = 'encode values, mean 9.0 ns/op 1\ndecode values, mean 2.5 ns/op 42\n';

it('finds the time of a micro-benchmark by its name', () => {
  expect(nsPerOp(OUTPUT, 'decode values, mean')).toBe(2.5);
  expect(() => nsPerOp(OUTPUT, 'decode')).toThrow(expect.objectContaining({ code: 'ERR_BENCH_RESULT' }));
  expect(() => nsPerOp(OUTPUT, 'values')).toThrow(expect.objectContaining({ code: 'ERR_BENCH_RESULT' }));
});
