/** Names the token at a position the way Prometheus's parser does in `unexpected …`. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'offset',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
]);
const WORD_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'atan2']);
const AGGREGATORS: ReadonlySet<string> = new Set(
  'sum avg min max count group stddev stdvar topk bottomk quantile count_values limitk limit_ratio'.split(
    ' ',
  ),
);
const OPERATOR = /^(?:==|!=|>=|<=|=~|!~|[-+*/%^<>=])/;

export function describeToken(text: string, position: number): string {
  const rest = text.slice(position).trimStart();
  if (rest === '' || rest.startsWith('#')) return 'end of input';
  const word = /^[A-Za-z_:][\w:]*/.exec(rest)?.[0];
  if (word !== undefined) return describeWord(word);
  const number = /^\d[\w.]*/.exec(rest)?.[0];
  if (number !== undefined) return `number ${clip(number)}`;
  const string = /^(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?)/s.exec(rest)?.[0];
  if (string !== undefined) return `string ${clip(string)}`;
  const operator = OPERATOR.exec(rest)?.[0];
  if (operator !== undefined) return `<op:${operator}>`;
  const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  return /^[()[\]{},:@]$/.test(character) ? JSON.stringify(character) : `character: '${character}'`;
}

function describeWord(word: string): string {
  const lower = word.toLowerCase();
  if (KEYWORDS.has(lower)) return `<${lower}>`;
  if (WORD_OPERATORS.has(lower)) return `<op:${lower}>`;
  if (AGGREGATORS.has(lower)) return `<aggr:${lower}>`;
  return `identifier ${JSON.stringify(word)}`;
}

function clip(token: string): string {
  return token.length > 10 ? `${JSON.stringify(token.slice(0, 10))}...` : JSON.stringify(token);
}
