/** Command line of the benchmark. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly isSmoke: boolean;
  /** Subject names, or undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly rounds: number;
  readonly casePattern: RegExp;
}

const SUBJECT_NAMES = ['promontory', 'prometheus', 'victoriaMetrics'];
const ROUNDS_DEFAULT = 3;
const ROUNDS_MAX = 100;

/** @throws RangeError or TypeError with one clear line */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      case: { type: 'string', default: '' },
    },
  });
  const only = values.only?.split(',').map((name) => name.trim());
  const unknown = only?.find((name) => !SUBJECT_NAMES.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`--only ${unknown}: want some of ${SUBJECT_NAMES.join(', ')}`);
  const rounds = Number(values.rounds ?? (values.smoke ? 1 : ROUNDS_DEFAULT));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw new RangeError(`--rounds ${values.rounds}: want a whole number from 1 to ${ROUNDS_MAX}`);
  }
  return { isSmoke: values.smoke, only, rounds, casePattern: new RegExp(values.case) };
}
