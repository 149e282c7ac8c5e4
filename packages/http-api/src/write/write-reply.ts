/**
 * Answers to remote write.
 *
 * 204 when everything was stored; 400 when something was refused for good: what was valid is stored all
 * the same, and sending the request again would not help. Senders log the first line of an error's text,
 * so that line carries the counts; with `Accept: application/json` the same comes as one object. Every answer to
 * remote write 2.0 has the three `X-Prometheus-Remote-Write-*-Written` headers, none to 1.0 has: a sender takes them
 * as a sign that the receiver speaks 2.0.
 */
import { errorMessage, PromontoryError } from '@promontory/base';
import type { Rejection } from '@promontory/model';
import { acceptsJson } from '../accepts-json.ts';
import {
  emptyResponse,
  jsonResponse,
  textResponse,
  type ApiResponse,
  type ExtraHeaders,
} from '../api-response.ts';
import type { HeaderLookup } from '../api-request.ts';
import { JsonWriter } from '../json/json-writer.ts';
import { errorStatus, errorHeaders, type ApiErrorType } from '../status.ts';
import { writeAdvice } from './write-advice.ts';
import { writeVersion } from './write-version.ts';

/** What became of one write request. */
export interface WriteOutcome {
  readonly samplesWritten: number;
  readonly histogramsWritten: number;
  readonly exemplarsWritten: number;
  /** Empty when everything was stored. */
  readonly rejections: readonly Rejection[];
}

const NOTHING_WRITTEN: WriteOutcome = {
  samplesWritten: 0,
  histogramsWritten: 0,
  exemplarsWritten: 0,
  rejections: [],
};

/** The answer once the fate of every sample is known, and those that were stored are on disk. */
export function writeReply(outcome: WriteOutcome, headers: HeaderLookup): ApiResponse {
  if (outcome.rejections.length === 0) return emptyResponse(204, writtenHeaders(outcome, headers));
  const rejected = outcome.rejections.reduce((sum, { count }) => sum + count, 0);
  const message =
    `partial write: ${outcome.samplesWritten} samples, ${outcome.histogramsWritten} histograms and ` +
    `${outcome.exemplarsWritten} exemplars written, ${rejected} rejected`;
  return failure({ status: 400, errorType: 'bad_data', message, outcome, extraHeaders: [] }, headers);
}

/**
 * The answer when nothing of the request was stored.
 *
 * @param error whatever was thrown; the text of one that is not ours stays inside
 * @param jitter in [0, 1), see errorHeaders
 * @param moreHeaders that the server adds
 */
export function writeErrorReply(
  error: unknown,
  headers: HeaderLookup,
  jitter: number,
  moreHeaders: ExtraHeaders = [],
): ApiResponse {
  const message = error instanceof PromontoryError ? errorMessage(error) : 'internal error';
  const { status, errorType } = errorStatus(error);
  const extraHeaders = [...errorHeaders(error, jitter), ...moreHeaders];
  return failure({ status, errorType, message, outcome: NOTHING_WRITTEN, extraHeaders }, headers);
}

/** The answer to a write that is refused before its body is read. */
export function refusedWrite(
  headers: HeaderLookup,
  status: number,
  message: string,
  extraHeaders: ExtraHeaders = [],
): ApiResponse {
  return failure({ status, errorType: 'bad_data', message, outcome: NOTHING_WRITTEN, extraHeaders }, headers);
}

interface WriteFailure {
  readonly status: number;
  readonly errorType: ApiErrorType;
  /** One line. */
  readonly message: string;
  readonly outcome: WriteOutcome;
  readonly extraHeaders: ExtraHeaders;
}

function failure(what: WriteFailure, headers: HeaderLookup): ApiResponse {
  const { status } = what;
  const extraHeaders = [...what.extraHeaders, ...writtenHeaders(what.outcome, headers)];
  if (acceptsJson(headers.get('accept'))) return jsonResponse(status, failureJson(what), extraHeaders);
  const lines = what.outcome.rejections.map(
    ({ code, count, example }) => `${code}: ${count} rejected, for example ${example}${adviceSuffix(code)}`,
  );
  return textResponse(status, `${[what.message, ...lines].join('\n')}\n`, extraHeaders);
}

/** None for remote write 1.0. */
function writtenHeaders(outcome: WriteOutcome, headers: HeaderLookup): ExtraHeaders {
  if (writeVersion(headers) === 1) return [];
  return [
    ['X-Prometheus-Remote-Write-Samples-Written', String(outcome.samplesWritten)],
    ['X-Prometheus-Remote-Write-Histograms-Written', String(outcome.histogramsWritten)],
    ['X-Prometheus-Remote-Write-Exemplars-Written', String(outcome.exemplarsWritten)],
  ];
}

function adviceSuffix(code: string): string {
  const advice = writeAdvice(code);
  return advice === '' ? '' : `; ${advice}`;
}

function failureJson({ errorType, message, outcome }: WriteFailure): JsonWriter {
  const writer = new JsonWriter(512);
  writer.raw(`{"status":"error","errorType":"${errorType}","error":`);
  writer.text(message);
  writer.raw(
    `,"written":{"samples":${outcome.samplesWritten},"histograms":${outcome.histogramsWritten},` +
      `"exemplars":${outcome.exemplarsWritten}},"rejections":[`,
  );
  outcome.rejections.forEach(({ code, count, example }, index) => {
    writer.raw(`${index === 0 ? '' : ','}{"code":`);
    writer.text(code);
    writer.raw(`,"count":${count},"example":`);
    writer.text(example);
    writer.raw(',"advice":');
    writer.text(writeAdvice(code));
    writer.raw('}');
  });
  writer.raw(']}');
  return writer;
}
