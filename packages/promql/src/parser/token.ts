/** The words and signs of the language, and how error messages name them. */
import { AGGREGATION_NAMES } from '../ast/expression.ts';
import { clipRunes, quoteString } from './go-text.ts';

const OPERATOR_WORDS = ['and', 'or', 'unless', 'atan2'] as const;
const MODIFIER_WORDS = [
  'offset',
  'smoothed',
  'anchored',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'fill',
  'fill_left',
  'fill_right',
  'bool',
] as const;
/** Names of functions that durations know too. */
const DURATION_WORDS = ['start', 'end', 'step', 'range', 'max_of', 'min_of'] as const;

/** Classes of tokens are named as error messages name them; words and signs stand for themselves, in lower case. */
export type TokenKind =
  | 'end of input'
  | 'identifier'
  | 'metric identifier'
  | 'number'
  | 'duration'
  | 'string'
  | (typeof OPERATOR_WORDS)[number]
  | (typeof MODIFIER_WORDS)[number]
  | (typeof DURATION_WORDS)[number]
  | (typeof AGGREGATION_NAMES)[number]
  | Sign;

export type Sign =
  | '('
  | ')'
  | '{'
  | '}'
  | '['
  | ']'
  | ','
  | ':'
  | '='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '@'
  | '=='
  | '!='
  | '<'
  | '<='
  | '</'
  | '>'
  | '>='
  | '>/'
  | '=~'
  | '!~';

export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** In UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

const WORDS: ReadonlyMap<string, TokenKind> = new Map(
  [...OPERATOR_WORDS, ...MODIFIER_WORDS, ...DURATION_WORDS, ...AGGREGATION_NAMES].map((word) => [word, word]),
);
const CLASSES: ReadonlySet<string> = new Set([
  'identifier',
  'metric identifier',
  'number',
  'duration',
  'string',
]);
const MODIFIERS: ReadonlySet<string> = new Set(MODIFIER_WORDS);
const AGGREGATIONS: ReadonlySet<string> = new Set(AGGREGATION_NAMES);
const OPERATORS: ReadonlySet<string> = new Set([
  ...OPERATOR_WORDS,
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '@',
  '==',
  '!=',
  '<',
  '<=',
  '</',
  '>',
  '>=',
  '>/',
  '=~',
  '!~',
]);

/** Words that never name a metric. */
const RESERVED: ReadonlySet<TokenKind> = new Set([
  'atan2',
  'bool',
  'on',
  'ignoring',
  'group_left',
  'group_right',
] as const);

/** Besides names. */
const BEGINS_EXPRESSION: ReadonlySet<TokenKind> = new Set([
  'number',
  'duration',
  'string',
  '(',
  '{',
  '+',
  '-',
] as const);

/** What a word means in any case of its letters; `inf` and `nan` are numbers. */
export function wordKind(word: string): TokenKind {
  const lower = word.toLowerCase();
  if (lower === 'inf' || lower === 'nan') return 'number';
  return WORDS.get(lower) ?? (word.includes(':') ? 'metric identifier' : 'identifier');
}

export function isAggregation(kind: TokenKind): kind is (typeof AGGREGATION_NAMES)[number] {
  return AGGREGATIONS.has(kind);
}

export function namesMetric(kind: TokenKind): boolean {
  if (kind === 'identifier' || kind === 'metric identifier') return true;
  return WORDS.has(kind) && !RESERVED.has(kind);
}

export function beginsExpression(kind: TokenKind): boolean {
  return BEGINS_EXPRESSION.has(kind) || namesMetric(kind);
}

export function namesLabel(kind: TokenKind): boolean {
  if (kind === 'identifier' || kind === 'metric identifier') return true;
  return WORDS.has(kind) && kind !== 'without';
}

/** As Prometheus's parser names what it did not expect. */
export function describeToken({ kind, text }: Token): string {
  if (kind === 'end of input') return kind;
  if (kind === 'identifier' || kind === 'metric identifier') return `${kind} ${quoteString(text)}`;
  if (CLASSES.has(kind)) return `${kind} ${quoteClipped(text)}`;
  if (MODIFIERS.has(kind)) return `<${text}>`;
  if (OPERATORS.has(kind)) return `<op:${text}>`;
  if (AGGREGATIONS.has(kind)) return `<aggr:${text}>`;
  return quoteClipped(text);
}

function quoteClipped(text: string): string {
  const isLong = text.length > 10 || new TextEncoder().encode(text).length > 10;
  return isLong ? `${quoteString(clipRunes(text, 10))}...` : quoteString(text);
}
