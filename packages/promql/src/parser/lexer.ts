/**
 * Text → tokens, one at a time. What a character may mean depends on where it stands: inside braces words are
 * label names, inside brackets only durations stand, and there a colon divides range and step. The states, and
 * so the errors, are those of Prometheus's lexer.
 */
import { isAlpha, isAlphaNumeric, isDigit, isSpace } from './characters.ts';
import { quoteRune, quoteString } from './go-text.ts';
import { scanDurationRest, scanNumber } from './scan-number.ts';
import { scanString } from './scan-string.ts';
import { syntaxError } from './syntax-error.ts';
import { wordKind, type Sign, type Token, type TokenKind } from './token.ts';

const BRACKET_WORDS: ReadonlySet<string> = new Set(['step', 'range', 'max_of', 'min_of']);
/** Signs that mean the same everywhere outside of braces. */
const PLAIN_SIGNS = '+-*/%^,';

export class Lexer {
  readonly #text: string;
  /** Where the next character is read. */
  #position = 0;
  /** Where the token that is being read begins. */
  #start = 0;
  #parenthesesOpen = 0;
  #braceIsOpen = false;
  #bracketIsOpen = false;
  /** In a bracket, before its first number: there a comment, for one, is an error. */
  #expectsDuration = false;
  #sawColon = false;
  #sawDuration = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws PromontoryError ERR_QUERY_SYNTAX; do not go on after it */
  next(): Token {
    this.#skipBlank();
    this.#start = this.#position;
    if (this.#braceIsOpen) return this.#insideBraces();
    return this.#expectsDuration ? this.#insideDuration() : this.#statement();
  }

  #skipBlank(): void {
    const hasComments = this.#braceIsOpen || !this.#expectsDuration;
    for (;;) {
      while (isSpace(this.#text.charCodeAt(this.#position))) this.#position++;
      if (!hasComments || this.#text[this.#position] !== '#') return;
      while (this.#position < this.#text.length && !/[\r\n]/.test(this.#text[this.#position] ?? '')) {
        this.#position++;
      }
    }
  }

  #statement(): Token {
    const character = this.#text[this.#position] ?? '';
    const code = this.#text.charCodeAt(this.#position);
    if (character === '') return this.#end();
    if (PLAIN_SIGNS.includes(character)) return this.#sign(character as Sign);
    if (this.#atNumber()) return this.#number();
    if (character === '"' || character === "'" || character === '`') return this.#string();
    if (isAlpha(code) || character === ':') return this.#bracketIsOpen ? this.#wordInBracket() : this.#word();
    switch (character) {
      case '=':
      case '!':
      case '<':
      case '>':
        return this.#comparison(character);
      case '(':
      case ')':
        return this.#parenthesis(character);
      case '{':
        this.#braceIsOpen = true;
        return this.#sign('{');
      case '[':
      case ']':
        return this.#bracket(character);
      case '@':
        return this.#sign('@');
      default:
        return this.#fail(`unexpected character: ${quoteRune(this.#codePoint())}`);
    }
  }

  #end(): Token {
    if (this.#parenthesesOpen !== 0) this.#fail('unclosed left parenthesis');
    if (this.#bracketIsOpen) this.#fail('unclosed left bracket');
    return this.#token('end of input', this.#position);
  }

  #comparison(first: '=' | '!' | '<' | '>'): Token {
    const second = this.#text[this.#position + 1] ?? '';
    if (second === '=') return this.#sign(`${first}=`);
    if (second === '/' && (first === '<' || first === '>')) return this.#sign(`${first}/`);
    if (first === '!' || (first === '=' && second === '~')) {
      const rune = quoteRune(this.#text.codePointAt(this.#position + 1) ?? -1);
      return this.#fail(`unexpected character after '${first}': ${rune}`);
    }
    return this.#sign(first);
  }

  #parenthesis(sign: '(' | ')'): Token {
    const token = this.#sign(sign);
    this.#parenthesesOpen += sign === '(' ? 1 : -1;
    if (this.#parenthesesOpen < 0) this.#fail("unexpected right parenthesis ')'", token.end);
    return token;
  }

  #bracket(sign: '[' | ']'): Token {
    const isOpening = sign === '[';
    if (isOpening && this.#bracketIsOpen) this.#fail("unexpected left bracket '['");
    if (!isOpening && !this.#bracketIsOpen) this.#fail("unexpected right bracket ']'");
    this.#bracketIsOpen = isOpening;
    this.#expectsDuration = isOpening;
    this.#sawColon = false;
    return this.#sign(sign);
  }

  #insideBraces(): Token {
    const character = this.#text[this.#position] ?? '';
    const second = this.#text[this.#position + 1] ?? '';
    if (character === '') return this.#fail('unexpected end of input inside braces');
    if (isAlpha(this.#text.charCodeAt(this.#position))) {
      return this.#token('identifier', this.#scanWhile(isAlphaNumeric));
    }
    switch (character) {
      case ',':
        return this.#sign(',');
      case '"':
      case "'":
      case '`':
        return this.#string();
      case '=':
        return this.#sign(second === '~' ? '=~' : '=');
      case '!':
        if (second === '~' || second === '=') return this.#sign(`!${second}`);
        return this.#fail(
          `unexpected character after '!' inside braces: ${quoteRune(this.#text.codePointAt(this.#position + 1) ?? -1)}`,
        );
      case '{':
        return this.#fail("unexpected left brace '{'");
      case '}':
        this.#braceIsOpen = false;
        return this.#sign('}');
      default:
        return this.#fail(`unexpected character inside braces: ${quoteRune(this.#codePoint())}`);
    }
  }

  #insideDuration(): Token {
    const character = this.#text[this.#position] ?? '';
    if (character === '') return this.#fail('unexpected end of input in duration expression');
    if (PLAIN_SIGNS.includes(character)) return this.#sign(character as Sign);
    if (character === '(' || character === ')') return this.#parenthesis(character);
    if (character === ']') return this.#bracket(character);
    if (character === ':') return this.#colonInDuration();
    if (this.#atNumber()) {
      this.#sawDuration = true;
      return this.#number();
    }
    const word = this.#bracketWord();
    if (word !== null) return word;
    return this.#fail(`unexpected character in duration expression: ${quoteRune(this.#codePoint())}`);
  }

  #colonInDuration(): Token {
    const token = this.#sign(':');
    if (!this.#sawDuration) {
      this.#fail('unexpected colon before duration in duration expression', token.end);
    }
    if (this.#sawColon) this.#fail('unexpected repeated colon in duration expression', token.end);
    this.#sawColon = true;
    return token;
  }

  #wordInBracket(): Token {
    const character = this.#text[this.#position] ?? '';
    if (character === ':') {
      if (this.#sawColon) this.#fail("unexpected colon ':'");
      this.#sawColon = true;
      return this.#sign(':');
    }
    const word = this.#bracketWord();
    if (word !== null) return word;
    return this.#fail(`unexpected character: ${quoteRune(this.#codePoint())}, expected ':'`);
  }

  #bracketWord(): Token | null {
    const end = this.#scanWhile(isAlpha);
    const word = this.#text.slice(this.#position, end).toLowerCase();
    return BRACKET_WORDS.has(word) ? this.#token(wordKind(word), end) : null;
  }

  #word(): Token {
    const end = this.#scanWhile((code) => isAlphaNumeric(code) || code === 0x3a);
    const kind = wordKind(this.#text.slice(this.#position, end));
    const isFill = kind === 'fill' || kind === 'fill_left' || kind === 'fill_right';
    // Elsewhere they name metrics.
    return this.#token(isFill && !this.#isCalled(end) ? 'identifier' : kind, end);
  }

  #isCalled(position: number): boolean {
    let at = position;
    while (isSpace(this.#text.charCodeAt(at))) at++;
    return this.#text[at] === '(';
  }

  #atNumber(): boolean {
    const code = this.#text.charCodeAt(this.#position);
    return isDigit(code) || (code === 0x2e && isDigit(this.#text.charCodeAt(this.#position + 1)));
  }

  /** Behind a number no more than an operator or a colon is expected, also in a bracket. */
  #number(): Token {
    this.#expectsDuration = false;
    const number = scanNumber(this.#text, this.#position);
    if (number.isValid) return this.#token('number', number.end);
    const duration = scanDurationRest(this.#text, number.end);
    if (duration.isValid) return this.#token('duration', duration.end);
    const read = quoteString(this.#text.slice(this.#start, duration.end));
    return this.#fail(`bad number or duration syntax: ${read}`);
  }

  #string(): Token {
    const scan = scanString(this.#text, this.#position);
    return 'reason' in scan ? this.#fail(scan.reason) : this.#token('string', scan.end);
  }

  #scanWhile(belongs: (code: number) => boolean): number {
    let at = this.#position;
    while (belongs(this.#text.charCodeAt(at))) at++;
    return at;
  }

  #sign(sign: Sign): Token {
    return this.#token(sign, this.#position + sign.length);
  }

  #token(kind: TokenKind, end: number): Token {
    this.#position = end;
    return { kind, text: this.#text.slice(this.#start, end), start: this.#start, end };
  }

  #codePoint(): number {
    return this.#text.codePointAt(this.#position) ?? -1;
  }

  #fail(reason: string, position = this.#start): never {
    throw syntaxError(this.#text, position, reason);
  }
}
