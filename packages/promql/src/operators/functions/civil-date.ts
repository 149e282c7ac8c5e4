/**
 * Parts of UTC dates over the whole range of 64-bit seconds, far beyond what JavaScript's Date can hold.
 * The calendar arithmetic counts years from March in eras of 400 years, so that leap days come last.
 */
const SECONDS_PER_DAY = 86_400;
const DAYS_PER_ERA = 146_097;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS = 719_468;
const INT64_LIMIT = 2 ** 63;

export interface CivilDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  /** From 1. */
  readonly day: number;
}

/** Whole seconds; a time that 64 bits cannot hold becomes the last one they can, as it does in Prometheus. */
function wholeSeconds(seconds: number): number {
  const whole = Math.trunc(seconds);
  return whole >= -INT64_LIMIT && whole < INT64_LIMIT ? whole : INT64_LIMIT;
}

function modulo(value: number, divisor: number): number {
  const rest = value % divisor;
  return rest < 0 ? rest + divisor : Math.abs(rest);
}

/** Days since 1970-01-01. */
export function daysSinceEpoch(seconds: number): number {
  const whole = wholeSeconds(seconds);
  return (whole - modulo(whole, SECONDS_PER_DAY)) / SECONDS_PER_DAY;
}

/** Seconds since midnight. */
export function secondOfDay(seconds: number): number {
  return modulo(wholeSeconds(seconds), SECONDS_PER_DAY);
}

/** 0 is Sunday. */
export function dayOfWeek(seconds: number): number {
  return modulo(daysSinceEpoch(seconds) + 4, 7);
}

export function civilDate(seconds: number): CivilDate {
  const days = daysSinceEpoch(seconds) + EPOCH_DAYS;
  const era = Math.floor(days / DAYS_PER_ERA);
  const dayOfEra = days - era * DAYS_PER_ERA;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysInMonth(seconds: number): number {
  const { year, month } = civilDate(seconds);
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** From 1. */
export function dayOfYear(seconds: number): number {
  const { year, month, day } = civilDate(seconds);
  // Days before a month counted from March, then moved to January.
  const fromMarch = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day;
  if (month <= 2) return fromMarch - 306;
  return fromMarch + 59 + (isLeapYear(year) ? 1 : 0);
}
