/** Answers that are values, in memory already. */
import type { ApiResponse } from '../api-response.ts';
import { successResponse } from './envelope.ts';
import { type JsonValue, JsonWriter } from './json-writer.ts';

/** `{"status":"success","data":…}` */
export function jsonSuccess(data: JsonValue): ApiResponse {
  return successResponse((writer) => writer.value(data));
}

/** The JSON of the value alone. */
export function jsonBytes(value: JsonValue): Uint8Array {
  const writer = new JsonWriter(256);
  writer.value(value);
  return writer.finish();
}
