import { PromontoryError } from '@promontory/base';
import { formatPosition } from '../ast/position.ts';
import { ERR_QUERY_DEPTH_MAX, ERR_QUERY_SYNTAX, ERR_QUERY_TYPE } from '../error-codes.ts';

/** The texts have Prometheus's shape: `1:5: parse error: …`. */
export function syntaxError(text: string, position: number, reason: string): PromontoryError {
  return parseError(text, position, reason, ERR_QUERY_SYNTAX);
}

export function typeError(text: string, position: number, reason: string): PromontoryError {
  return parseError(text, position, reason, ERR_QUERY_TYPE);
}

function parseError(text: string, position: number, reason: string, code: string): PromontoryError {
  const place = text === '' ? 'unknown position' : formatPosition(text, position);
  return new PromontoryError(`${place}: parse error: ${reason}`, {
    code,
    kind: 'bad-data',
    context: { position },
  });
}

export function tooDeep(depthMax: number): PromontoryError {
  return new PromontoryError(`query nests too deep; the limit is ${depthMax} levels`, {
    code: ERR_QUERY_DEPTH_MAX,
    kind: 'bad-data',
    context: { depthMax },
  });
}
