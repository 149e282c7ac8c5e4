/**
 * Units of OTLP, which are UCUM's case-sensitive signs, as words of Prometheus: `By/s` is `bytes` and
 * `per_second`. The words are Prometheus's, TiBy's included. What stands in braces is a remark and no unit.
 */

/** The part before the first slash. What is not here is kept as it is. */
const UNITS: ReadonlyMap<string, string> = new Map([
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
  ['1', ''],
  ['%', 'percent'],
]);

/** The part behind the slash; note that `m` is a minute there. */
const UNITS_PER: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);

export interface UnitWords {
  /** '' when there is none. */
  readonly main: string;
  /** With `per_` in front; '' when there is none. */
  readonly per: string;
}

/** @returns the words with the characters that the unit has */
export function unitWords(unit: string): UnitWords {
  const slash = unit.indexOf('/');
  const main = plainUnit(slash === -1 ? unit : unit.slice(0, slash));
  const per = slash === -1 ? '' : plainUnit(unit.slice(slash + 1));
  return {
    main: UNITS.get(main) ?? main,
    per: per === '' ? '' : `per_${UNITS_PER.get(per) ?? per}`,
  };
}

/** @returns the words with an underscore for each run of characters that a metric name may not have */
export function escapedUnitWords(unit: string): UnitWords {
  const { main, per } = unitWords(unit);
  return { main: escapeWord(main), per: escapeWord(per) };
}

/** @returns the unit as metadata has it, such as `bytes_per_second` */
export function unitName(unit: string): string {
  const { main, per } = escapedUnitWords(unit);
  const name = main === '' || per === '' ? main + per : `${main}_${per}`;
  return name.replace(/^_/, '').replace(/_$/, '');
}

function plainUnit(text: string): string {
  return /[{}]/.test(text) ? '' : text.trim();
}

function escapeWord(word: string): string {
  return word.replaceAll(/[^a-zA-Z0-9:]+/g, '_').replace(/^_/, '');
}
