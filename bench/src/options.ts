/** Command line of the benchmark. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly isSmoke: boolean;
  /** Subject names, or undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly rounds: number;
  readonly casePattern: RegExp;
  /** Profile this server, alone, in place of comparing it. */
  readonly isProfile: boolean;
  /** Instead of the cases' own; undefined leaves it to them. */
  readonly seriesCount: number | undefined;
  /** Which rows of the query table; undefined for all. */
  readonly queryPattern: RegExp | undefined;
}

const SUBJECT_NAMES = ['promontory', 'prometheus', 'victoriaMetrics'];
const ROUNDS_DEFAULT = 3;
const ROUNDS_MAX = 100;
const SERIES_MAX = 10_000_000;

/** @throws RangeError or TypeError with one clear line */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      case: { type: 'string', default: '' },
      series: { type: 'string' },
      queries: { type: 'string' },
      profile: { type: 'boolean', default: false },
    },
  });
  const only = values.only?.split(',').map((name) => name.trim());
  const unknown = only?.find((name) => !SUBJECT_NAMES.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`--only ${unknown}: want some of ${SUBJECT_NAMES.join(', ')}`);
  const roundsDefault = values.smoke || values.profile ? 1 : ROUNDS_DEFAULT;
  return {
    isSmoke: values.smoke,
    only,
    rounds: wholeNumber('rounds', values.rounds, ROUNDS_MAX) ?? roundsDefault,
    isProfile: values.profile,
    casePattern: new RegExp(values.case),
    seriesCount: wholeNumber('series', values.series, SERIES_MAX),
    queryPattern: values.queries === undefined ? undefined : new RegExp(values.queries),
  };
}

function wholeNumber(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new RangeError(`--${name} ${text}: want a whole number from 1 to ${most}`);
}
