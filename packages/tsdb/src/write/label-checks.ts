/** What the database takes for granted of labels: a metric name, an order, text that UTF-8 can hold, and the limits. */
import { type ErrorContext, PromontoryError } from '@promontory/base';
import { compareUtf8, type Labels, METRIC_NAME } from '@promontory/model';
import { ERR_LABELS_INVALID } from '../error-codes.ts';
import type { TsdbLimits } from '../options.ts';

/** @throws PromontoryError ERR_LABELS_INVALID (bad-data) */
export function checkLabels(labels: Labels, limits: TsdbLimits): void {
  if (!labels.has(METRIC_NAME)) {
    throw invalidLabels(labels, `no metric name (label ${METRIC_NAME})`, {});
  }
  checkLimit(labels, 'labels', labels.size, 'labelsPerSeriesMax', limits);
  let before = '';
  for (const [name, value] of labels.entries()) {
    const fault = findFault(before, name, value);
    if (fault !== null) throw invalidLabels(labels, fault, {});
    before = name;
    checkLimit(labels, 'bytes in a label name', Buffer.byteLength(name), 'labelNameBytesMax', limits);
    checkLimit(labels, 'bytes in a label value', Buffer.byteLength(value), 'labelValueBytesMax', limits);
  }
}

/** What would make one series look like another, or like none, once it is stored. */
function findFault(before: string, name: string, value: string): string | null {
  if (name === '') return 'a label without a name';
  if (value === '') return `label ${JSON.stringify(name)} is empty; leave it out`;
  if (!name.isWellFormed() || !value.isWellFormed()) {
    return `label ${JSON.stringify(name)} holds half of a surrogate pair, which UTF-8 has no bytes for`;
  }
  if (compareUtf8(before, name) < 0) return null;
  return `label ${JSON.stringify(name)} after ${JSON.stringify(before)}: names ascend and are unique`;
}

function checkLimit(
  labels: Labels,
  what: string,
  value: number,
  option: 'labelsPerSeriesMax' | 'labelNameBytesMax' | 'labelValueBytesMax',
  limits: TsdbLimits,
): void {
  const limit = limits[option];
  if (value <= limit) return;
  throw invalidLabels(labels, `${value} ${what}, limit ${limit} (${option})`, { option, limit, value });
}

function invalidLabels(labels: Labels, why: string, context: ErrorContext): PromontoryError {
  return new PromontoryError(`cannot append sample of ${describeLabels(labels)}: ${why}`, {
    code: ERR_LABELS_INVALID,
    kind: 'bad-data',
    context,
  });
}

/** For errors: not longer than they may be. */
export function describeLabels(labels: Labels): string {
  return labels.toString().slice(0, 200);
}
