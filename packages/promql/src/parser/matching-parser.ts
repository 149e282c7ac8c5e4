/** Label lists, and what may stand between an operator and its right operand. */
import type { VectorMatching } from '../ast/expression.ts';
import { quoteString } from './go-text.ts';
import { numberValue } from './number-value.ts';
import { stringValue } from './selector-parser.ts';
import { isValidUtf8 } from './string-literal.ts';
import type { TokenReader } from './token-reader.ts';
import { beginsExpression, namesLabel, type TokenKind } from './token.ts';

const CONTEXT = 'grouping opts';
const FILL_WORDS: ReadonlySet<TokenKind> = new Set(['fill', 'fill_left', 'fill_right'] as const);

export interface LabelList {
  readonly names: readonly string[];
  /** Behind the closing parenthesis. */
  readonly end: number;
}

export interface BinaryModifiers {
  readonly returnBool: boolean;
  /** As for operators that are no set operators. */
  readonly matching: VectorMatching;
}

export function readLabelList(reader: TokenReader): LabelList {
  reader.takeOnly('(', CONTEXT, '"("');
  const names: string[] = [];
  for (;;) {
    const end = reader.takeIf(')');
    if (end !== null) return { names, end: end.end };
    names.push(readLabelName(reader));
    if (reader.takeIf(',') !== null) continue;
    return { names, end: reader.takeOnly(')', CONTEXT, '"," or ")"').end };
  }
}

function readLabelName(reader: TokenReader): string {
  const token = reader.peek();
  if (token.kind !== 'string' && !namesLabel(token.kind)) reader.unexpected(CONTEXT, 'label');
  reader.take();
  if (token.kind !== 'string') return token.text;
  const name = stringValue(reader, token);
  if (name !== '' && isValidUtf8(name)) return name;
  return reader.fail(token.start, `invalid label name for grouping: ${quoteString(name)}`);
}

export function readBinaryModifiers(reader: TokenReader): BinaryModifiers {
  const returnBool = reader.takeIf('bool') !== null;
  const clause = reader.takeIf('on') ?? reader.takeIf('ignoring');
  const labelNames = clause === null ? [] : readLabelList(reader).names;
  const group = clause === null ? null : (reader.takeIf('group_left') ?? reader.takeIf('group_right'));
  const includedNames = group === null ? [] : readIncludedNames(reader);
  const fill = readFill(reader);
  const cardinality =
    group === null ? 'one-to-one' : group.kind === 'group_left' ? 'many-to-one' : 'one-to-many';
  return {
    returnBool,
    matching: { cardinality, on: clause?.kind === 'on', labelNames, includedNames, fill },
  };
}

function readIncludedNames(reader: TokenReader): readonly string[] {
  const { kind } = reader.peek();
  if (kind !== '(' && (beginsExpression(kind) || FILL_WORDS.has(kind))) return [];
  return readLabelList(reader).names;
}

function readFill(reader: TokenReader): VectorMatching['fill'] {
  if (reader.takeIf('fill') !== null) {
    const both = readFillValue(reader);
    return { left: both, right: both };
  }
  if (reader.takeIf('fill_left') !== null) {
    const left = readFillValue(reader);
    return { left, right: reader.takeIf('fill_right') === null ? null : readFillValue(reader) };
  }
  if (reader.takeIf('fill_right') !== null) {
    const right = readFillValue(reader);
    return { left: reader.takeIf('fill_left') === null ? null : readFillValue(reader), right };
  }
  return { left: null, right: null };
}

function readFillValue(reader: TokenReader): number {
  reader.takeOnly('(');
  const sign = reader.takeIf('-') ?? reader.takeIf('+');
  const number = reader.takeIf('duration') ?? reader.takeOnly('number');
  const value = numberValue(reader, number);
  reader.takeOnly(')');
  return sign?.kind === '-' ? -value : value;
}
