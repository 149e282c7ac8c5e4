/** Functions from one number to one number, applied to every sample of a vector. */

import { civilDate, dayOfWeek, dayOfYear, daysInMonth, secondOfDay } from './civil-date.ts';

export type MathFunction = (value: number) => number;

function sign(value: number): number {
  if (value < 0) return -1;
  return value > 0 ? 1 : value;
}

export const MATH_FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: sign,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  rad: (value) => (value * Math.PI) / 180,
  deg: (value) => (value * 180) / Math.PI,
};

/** Parts of the UTC date of a time in seconds; without an argument they take the evaluation time. */
export const DATE_FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  minute: (seconds) => Math.floor(secondOfDay(seconds) / 60) % 60,
  hour: (seconds) => Math.floor(secondOfDay(seconds) / 3600),
  day_of_month: (seconds) => civilDate(seconds).day,
  day_of_week: dayOfWeek,
  day_of_year: dayOfYear,
  days_in_month: daysInMonth,
  month: (seconds) => civilDate(seconds).month,
  year: (seconds) => civilDate(seconds).year,
};
