import { type ErrorKind, PromontoryError } from '@promontory/base';
import { ERR_READ_MATCHERS_MAX } from '@promontory/wire';
import {
  ERR_READ_BODY_BYTES_MAX,
  ERR_READ_RESPONSE_TYPE,
  ERR_READ_SAMPLES_MAX,
  ERR_READ_SERIES_MAX,
  ERR_READ_SPAN_MAX,
} from '../error-codes.ts';

const KINDS: Readonly<Record<string, ErrorKind>> = {
  [ERR_READ_BODY_BYTES_MAX]: 'too-large',
  [ERR_READ_MATCHERS_MAX]: 'bad-data',
  [ERR_READ_RESPONSE_TYPE]: 'bad-data',
  [ERR_READ_SAMPLES_MAX]: 'bad-data',
  [ERR_READ_SERIES_MAX]: 'bad-data',
  [ERR_READ_SPAN_MAX]: 'bad-data',
};

/** An error with a code of remote read; the kind is that of the code. */
export function readError(code: string, message: string): PromontoryError {
  return new PromontoryError(message, { code, kind: KINDS[code] ?? 'internal' });
}
