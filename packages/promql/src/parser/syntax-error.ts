import { PromontoryError } from '@promontory/base';
import { formatPosition } from '../ast/position.ts';
import { ERR_QUERY_NOT_SUPPORTED, ERR_QUERY_SYNTAX, ERR_QUERY_TYPE } from '../error-codes.ts';

/** The texts have Prometheus's shape: `1:5: parse error: …`. */
export function syntaxError(text: string, position: number, reason: string): PromontoryError {
  return new PromontoryError(`${formatPosition(text, position)}: parse error: ${reason}`, {
    code: ERR_QUERY_SYNTAX,
    kind: 'bad-data',
    context: { position },
  });
}

export function typeError(text: string, position: number, reason: string): PromontoryError {
  return new PromontoryError(`${formatPosition(text, position)}: parse error: ${reason}`, {
    code: ERR_QUERY_TYPE,
    kind: 'bad-data',
    context: { position },
  });
}

/** @param part what the engine does not have, for example `info()` */
export function notSupportedError(part: string): PromontoryError {
  return new PromontoryError(`${part} is not supported by this version`, {
    code: ERR_QUERY_NOT_SUPPORTED,
    kind: 'not-supported',
    context: { part },
  });
}
