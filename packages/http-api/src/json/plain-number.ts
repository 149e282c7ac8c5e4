/**
 * A float in full, never with an exponent: the shortest digits that read back as the same float, and as
 * many zeros as they need. `NaN`, `+Inf` and `-Inf` as Prometheus spells them. For the cold path.
 */
export function formatPlainNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  if (magnitude === Infinity) return sign === '' ? '+Inf' : '-Inf';
  return sign + expandExponent(String(magnitude));
}

/** `1.25e-7` → `0.000000125`, `1.25e+21` → `1250000000000000000000`. */
function expandExponent(text: string): string {
  const exponentAt = text.indexOf('e');
  if (exponentAt < 0) return text;
  const exponent = Number(text.slice(exponentAt + 1));
  const [whole = '', fraction = ''] = text.slice(0, exponentAt).split('.');
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${whole}${fraction}`;
  return (whole + fraction).padEnd(whole.length + exponent, '0');
}
