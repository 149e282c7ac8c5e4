/** Floats as Go prints them. */

/** Between these JavaScript prints no exponent either. */
const WITHOUT_EXPONENT_MIN = 1e-6;
const WITHOUT_EXPONENT_MAX_EXCLUSIVE = 1e21;

function special(value: number): string | null {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return null;
}

/** Go's `%g` with the shortest digits: exponents below -4 and from 6 on are written out, with two digits at least. */
export function formatGoG(value: number): string {
  const named = special(value);
  if (named !== null) return named;
  const [digits = '0', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return formatGoF(value);
  const sign = value < 0 ? '-' : '';
  const exponentDigits = String(Math.abs(exponent)).padStart(2, '0');
  return `${sign}${digits}e${exponent < 0 ? '-' : '+'}${exponentDigits}`;
}

/** Go's `%.2g`: two digits, halves to even; more than two digits before the point make an exponent. */
export function formatGoGRounded(value: number): string {
  const named = special(value);
  if (named !== null) return named;
  const exact = Math.abs(value).toExponential(20);
  const isHalf = /^\d\.\d50*e/.test(exact);
  const isEven = /^\d\.[02468]/.test(exact);
  // JavaScript rounds halves up.
  const rounded =
    isHalf && isEven
      ? Number(`${exact.slice(0, 3)}${exact.slice(exact.indexOf('e'))}`)
      : Number(Math.abs(value).toPrecision(2));
  const signed = value < 0 ? -rounded : rounded;
  if (rounded < 100) return formatGoG(signed);
  const [digits = '0', exponent = '+0'] = signed.toExponential().split('e');
  return `${digits}e+${exponent.slice(1).padStart(2, '0')}`;
}

/** Go's `strconv.FormatFloat(value, 'f', -1, 64)`: the shortest digits, never an exponent. */
export function formatGoF(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= WITHOUT_EXPONENT_MIN && magnitude < WITHOUT_EXPONENT_MAX_EXCLUSIVE) return String(value);
  const named = special(value);
  if (named !== null) return named;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '0', exponentText = '0'] = magnitude.toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const point = Number(exponentText) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`.replace(/\.0*$/, '');
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** A float as OpenMetrics writes it in a label: always with a point or an exponent. */
export function formatOpenMetricsFloat(value: number): string {
  // Zero has no sign here.
  const text = formatGoG(value === 0 ? 0 : value);
  return /^[-+]?\d+$/.test(text) ? `${text}.0` : text;
}
