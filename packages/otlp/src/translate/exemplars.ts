/**
 * Exemplars: the ids of trace and span as labels, and the attributes under their own names as long as all
 * together are within the bound of OpenMetrics. The ids win over attributes of their names.
 */
import { Labels } from '@promontory/model';
import { attributeText } from '../names/attribute-text.ts';
import type { OtlpExemplar } from '../request.ts';
import type { TranslatedExemplar } from './translation.ts';

const TRACE_ID = 'trace_id';
const SPAN_ID = 'span_id';
/** Characters of names and values together, as code points. */
const LABEL_CHARACTERS_MAX = 128;

/**
 * @param pointTimestampMs for exemplars that have no time
 * @param onDropped called for each exemplar without a value
 */
export function translateExemplars(
  exemplars: readonly OtlpExemplar[],
  pointTimestampMs: number,
  onDropped: () => void,
): TranslatedExemplar[] {
  const translated: TranslatedExemplar[] = [];
  for (const exemplar of exemplars) {
    const { value, timestampMs } = exemplar;
    if (value === null) onDropped();
    else {
      const labels = exemplarLabels(exemplar);
      translated.push({ labels, value, timestampMs: timestampMs === 0 ? pointTimestampMs : timestampMs });
    }
  }
  return translated;
}

function exemplarLabels({ traceId, spanId, attributes }: OtlpExemplar): Labels {
  const ids: [string, string][] = [];
  if (traceId !== '') ids.push([TRACE_ID, traceId]);
  if (spanId !== '') ids.push([SPAN_ID, spanId]);
  const others: [string, string][] = [];
  let left = LABEL_CHARACTERS_MAX - characters(ids);
  for (const { key, value } of attributes) {
    if (key === '') continue;
    others.push([key, attributeText(value)]);
    left -= characters(others.slice(-1));
    if (left < 0) return Labels.fromEntries(ids);
  }
  return Labels.fromEntries([...others, ...ids]);
}

function characters(labels: readonly (readonly [string, string])[]): number {
  return labels.reduce((sum, [name, value]) => sum + countCodePoints(name) + countCodePoints(value), 0);
}

function countCodePoints(text: string): number {
  // What has more code units than this has too many code points as well.
  return text.length > 2 * LABEL_CHARACTERS_MAX ? text.length : Array.from(text).length;
}
