import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FuzzInputs } from './fuzz-inputs.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'promontory-fuzz-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const refuseOdd = (input: Buffer): void => {
  if (input.length % 2 === 1) throw new Error(`${input.length} is odd`);
};

it('an input that fails is kept once, and tried by every later run until it passes', () => {
  const inputs = new FuzzInputs(folder, 'numbers', refuseOdd);
  expect(inputs.replay()).toBe(0);
  expect(inputs.run(2, () => Buffer.from('ab'))).toBe(2);
  expect(existsSync(join(folder, 'fixtures'))).toBe(false);
  for (let round = 0; round < 2; round++)
    expect(() => new FuzzInputs(folder, 'numbers', refuseOdd).run(9, () => Buffer.from('abc'))).toThrow(
      round === 0 ? /^3 is odd; the input is kept as .*numbers-/ : /^3 is odd; the input is .*numbers-/,
    );
  const [name = ''] = readdirSync(join(folder, 'fixtures'));
  expect(readdirSync(join(folder, 'fixtures'))).toEqual([name]);
  expect(readFileSync(join(folder, 'fixtures', name), 'utf8')).toBe('abc');
  expect(() => new FuzzInputs(folder, 'numbers', refuseOdd).replay()).toThrow(`3 is odd; the input is `);
  expect(new FuzzInputs(folder, 'numbers', () => undefined).replay()).toBe(1);
  expect(new FuzzInputs(folder, 'number', refuseOdd).replay()).toBe(0);
});

it('a kept input may get a name that says what it is', () => {
  const inputs = new FuzzInputs(folder, 'numbers', refuseOdd);
  expect(() => inputs.run(1, () => Buffer.from('a'))).toThrow('odd');
  const fixtures = join(folder, 'fixtures');
  renameSync(join(fixtures, readdirSync(fixtures)[0]!), join(fixtures, 'numbers-of-one-byte.bin'));
  expect(() => inputs.replay()).toThrow('numbers-of-one-byte.bin');
});
