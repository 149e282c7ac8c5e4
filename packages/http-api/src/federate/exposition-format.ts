/** Which of the exposition formats a client wants, and how names that older formats do not know are written in it. */
import { readEscapingScheme, type EscapingScheme } from './name-escaping.ts';

export type ExpositionKind = 'text' | 'open-metrics' | 'protobuf';

export interface ExpositionFormat {
  readonly kind: ExpositionKind;
  readonly escaping: EscapingScheme;
  readonly contentType: string;
}

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const PROTOBUF_MESSAGE = 'io.prometheus.client.MetricFamily';
/** Of one header; what is behind them is not looked at. */
const RANGES_MAX = 64;

/**
 * The format that the client likes best of those that there are, by q-values and then by order. A client that accepts
 * none of them, or says nothing, gets text, as from Prometheus.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const ranges = (accept ?? '').split(',', RANGES_MAX).map(readRange);
  ranges.sort((left, right) => right.quality - left.quality);
  for (const range of ranges) {
    if (range.quality === 0) continue;
    const format = formatOf(range);
    if (format !== null) return format;
  }
  return textFormat('0.0.4', 'underscores');
}

function readRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equalsAt = part.indexOf('=');
    if (equalsAt < 0) continue;
    const value = part.slice(equalsAt + 1).trim();
    parameters.set(part.slice(0, equalsAt).trim().toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
  }
  const quality = Number(parameters.get('q') ?? '1');
  return { type: type.toLowerCase(), parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

function formatOf({ type, parameters }: MediaRange): ExpositionFormat | null {
  const escaping = readEscapingScheme(parameters.get('escaping'));
  const version = parameters.get('version') ?? '';
  if (type === 'application/vnd.google.protobuf') {
    const isFamily = parameters.get('proto') === PROTOBUF_MESSAGE;
    return isFamily && parameters.get('encoding') === 'delimited' ? protobufFormat(escaping) : null;
  }
  if (type === 'application/openmetrics-text' && (version === '1.0.0' || version === '')) {
    const contentType = `application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=${escaping}`;
    return { kind: 'open-metrics', escaping, contentType };
  }
  if (type === 'text/plain' && version === '1.0.0') return textFormat('1.0.0', escaping);
  const isText = type === 'text/plain' || type === 'text/*' || type === '*/*';
  return isText && (version === '0.0.4' || version === '') ? textFormat('0.0.4', escaping) : null;
}

function textFormat(version: string, escaping: EscapingScheme): ExpositionFormat {
  const contentType = `text/plain; version=${version}; charset=utf-8; escaping=${escaping}`;
  return { kind: 'text', escaping, contentType };
}

function protobufFormat(escaping: EscapingScheme): ExpositionFormat {
  const contentType = `application/vnd.google.protobuf; proto=${PROTOBUF_MESSAGE}; encoding=delimited; escaping=${escaping}`;
  return { kind: 'protobuf', escaping, contentType };
}
