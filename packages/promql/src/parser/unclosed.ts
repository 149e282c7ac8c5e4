/** What a text that breaks off has left open, in the words of Prometheus's lexer. */
const TOKEN = /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|#[^\n]*|[()[\]{}]/gs;
const CLOSED_STRING = /^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)$/s;

/** @returns where the first string begins that does not end on its line (in backquotes: at all), else null */
export function findUnclosedString(text: string): { position: number; reason: string } | null {
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (!/^["'`]/.test(token) || CLOSED_STRING.test(token)) continue;
    const reason = token.startsWith('`') ? 'unterminated raw string' : 'unterminated quoted string';
    return { position: index, reason };
  }
  return null;
}

/** @returns the reason when the text ends inside of brackets, else null */
export function unclosedBracket(text: string): string | null {
  const depths = { '(': 0, '[': 0, '{': 0 };
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '(' || token === '[' || token === '{') depths[token]++;
    else if (token === ')') depths['(']--;
    else if (token === ']') depths['[']--;
    else if (token === '}') depths['{']--;
  }
  if (depths['{'] > 0) return 'unexpected end of input inside braces';
  if (depths['('] > 0) return 'unclosed left parenthesis';
  return depths['['] > 0 ? 'unclosed left bracket' : null;
}
