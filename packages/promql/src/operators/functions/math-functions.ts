/** Functions from one number to one number, applied to every sample of a vector. */

export type MathFunction = (value: number) => number;

function sign(value: number): number {
  if (value < 0) return -1;
  return value > 0 ? 1 : value;
}

function date(secondsSinceEpoch: number): Date {
  return new Date(Math.trunc(secondsSinceEpoch) * 1000);
}

function dayOfYear(seconds: number): number {
  const at = date(seconds);
  return Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

function daysInMonth(seconds: number): number {
  const at = date(seconds);
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
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
  minute: (value) => date(value).getUTCMinutes(),
  hour: (value) => date(value).getUTCHours(),
  day_of_month: (value) => date(value).getUTCDate(),
  day_of_week: (value) => date(value).getUTCDay(),
  day_of_year: dayOfYear,
  days_in_month: daysInMonth,
  month: (value) => date(value).getUTCMonth() + 1,
  year: (value) => date(value).getUTCFullYear(),
};
