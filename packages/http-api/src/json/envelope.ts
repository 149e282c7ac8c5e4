/**
 * The frame of every success: `{"status":"success","data":…,"warnings":[…],"infos":[…]}`, the last two
 * only when they hold something and never more than ten each, as in Prometheus.
 */
import { jsonResponse, type ApiResponse } from '../api-response.ts';
import { type AllocateBody, JsonWriter } from './json-writer.ts';

export interface Annotations {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

const ANNOTATIONS_MAX = 10;
const TRUNCATED_WARNING = 'results truncated due to limit';
const NONE: Annotations = { warnings: [], infos: [] };

/** The one annotation of a browsing answer: that its limit cut it. */
export function truncationAnnotations(truncated: boolean): Annotations {
  return truncated ? { warnings: [TRUNCATED_WARNING], infos: [] } : NONE;
}

/** Those of a query, bounded, and behind them the one of truncation. */
export function queryAnnotations(
  annotations: Annotations,
  truncated: boolean,
): { readonly warnings: string[]; readonly infos: string[] } {
  const warnings = bounded(annotations.warnings, 'warning');
  if (truncated) warnings.push(TRUNCATED_WARNING);
  return { warnings, infos: bounded(annotations.infos, 'info') };
}

export interface SuccessOptions {
  readonly annotations?: Annotations;
  /** About how long the body will be. */
  readonly capacityBytes?: number;
  /** Memory for the body, as of JsonWriter. */
  readonly allocate?: AllocateBody;
  /** Writes more members behind those, each with a comma in front. */
  readonly writeMembers?: (writer: JsonWriter) => void;
}

/** @param writeData writes exactly one JSON value */
export function successResponse(
  writeData: (writer: JsonWriter) => void,
  { annotations = NONE, capacityBytes = 1024, allocate, writeMembers }: SuccessOptions = {},
): ApiResponse {
  const writer = new JsonWriter(capacityBytes, allocate);
  writer.raw('{"status":"success","data":');
  writeData(writer);
  writeAnnotations(writer, 'warnings', annotations.warnings);
  writeAnnotations(writer, 'infos', annotations.infos);
  writeMembers?.(writer);
  writer.raw('}');
  return jsonResponse(200, writer);
}

function writeAnnotations(writer: JsonWriter, name: string, annotations: readonly string[]): void {
  if (annotations.length === 0) return;
  writer.raw(`,"${name}":`);
  writer.textArray(annotations);
}

function bounded(annotations: readonly string[], noun: string): string[] {
  const kept = annotations.slice(0, ANNOTATIONS_MAX);
  const omittedCount = annotations.length - kept.length;
  if (omittedCount > 0) kept.push(`${omittedCount} more ${noun} annotations omitted`);
  return kept;
}
