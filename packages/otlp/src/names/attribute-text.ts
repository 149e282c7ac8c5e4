/**
 * Values of attributes as label values: what is not a text is written as Go's JSON encoder writes it, which is
 * what Prometheus's receiver does. Keys of maps are sorted; `<`, `>` and `&` are escaped.
 */
import { compareUtf8 } from '@promontory/model';
import type { OtlpAttribute, OtlpValue } from '../request.ts';

/** @returns '' for null */
export function attributeText(value: OtlpValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return doubleText(value) ?? `json: unsupported value: ${specialText(value)}`;
  if (value instanceof Uint8Array) return base64(value);
  // A number that JSON does not have makes the whole value unwritable.
  return jsonText(value) ?? '';
}

/** @returns null when a number in it is NaN or infinite */
function jsonText(value: OtlpValue): string | null {
  if (value === null) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return doubleText(value);
  if (value instanceof Uint8Array) return quoted(base64(value));
  if (value.kind === 'map') return mapText(value.entries);
  const items = value.items.map(jsonText);
  return items.includes(null) ? null : `[${items.join(',')}]`;
}

/** Of a key given twice the last counts. */
function mapText(entries: readonly OtlpAttribute[]): string | null {
  const byKey = new Map(entries.map(({ key, value }) => [key, value]));
  const keys = [...byKey.keys()].sort(compareUtf8);
  const members: string[] = [];
  for (const key of keys) {
    const text = jsonText(byKey.get(key) ?? null);
    if (text === null) return null;
    members.push(`${quoted(key)}:${text}`);
  }
  return `{${members.join(',')}}`;
}

function doubleText(value: number): string | null {
  if (!Number.isFinite(value)) return null;
  return Object.is(value, -0) ? '-0' : String(value);
}

function specialText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
