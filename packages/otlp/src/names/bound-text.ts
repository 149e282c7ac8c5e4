/** Bounds of buckets and quantiles as label values: decimals without an exponent, as Prometheus's receiver writes them. */

/** @returns the shortest decimals that read back as the number; `+Inf`, `-Inf`, `NaN` */
export function boundText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', exponent] = String(Math.abs(value)).split('e');
  return sign + (exponent === undefined ? mantissa : shifted(mantissa, Number(exponent)));
}

/** @param mantissa with one digit before the point */
function shifted(mantissa: string, exponent: number): string {
  const digits = mantissa.replace('.', '');
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  return digits.padEnd(exponent + 1, '0');
}
