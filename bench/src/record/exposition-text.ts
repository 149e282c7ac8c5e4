/** The Prometheus text format, as far as a recording needs it: samples, without help, types and timestamps. */

/** `name`, `{labels}` (values hold no `}` followed by a number at the line's end), value, and maybe a timestamp. */
const SAMPLE_LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };

/** @returns value as it is written, by `name{labels}` as it is written, in the order of the text */
export function readExposition(text: string): Map<string, string> {
  const samples = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = SAMPLE_LINE.exec(line) ?? [];
    if (name !== undefined && value !== undefined) samples.set(`${name}{${labels}}`, value);
  }
  return samples;
}

/** @param series a key of `readExposition` @returns its labels, the metric's name among them */
export function readLabels(series: string): Record<string, string> {
  const brace = series.indexOf('{');
  const labels: Record<string, string> = { __name__: series.slice(0, brace) };
  for (const [, name = '', value = ''] of series.slice(brace).matchAll(LABEL)) {
    labels[name] = value.replaceAll(/\\(.)/g, (all, character: string) => ESCAPES[character] ?? all);
  }
  return labels;
}

/** @returns NaN for `NaN` and for what is no number */
export function readValue(text: string): number {
  if (/^[+-]?Inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}
