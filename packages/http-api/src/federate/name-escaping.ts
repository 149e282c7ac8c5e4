/**
 * Names of metrics and labels may be any text; exposition formats before UTF-8 know letters, digits, underscores and
 * colons only. A client says how it wants the others.
 */
const SCHEMES = ['underscores', 'dots', 'values', 'allow-utf-8'] as const;
export type EscapingScheme = (typeof SCHEMES)[number];

const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_CHARACTER = /^[a-zA-Z0-9_:]$/;
const DIGIT = /^[0-9]$/;

/** @returns underscores for what is no scheme, the default of Prometheus's servers */
export function readEscapingScheme(text: string | undefined): EscapingScheme {
  return SCHEMES.find((scheme) => scheme === text) ?? 'underscores';
}

export function isLegacyName(name: string): boolean {
  return LEGACY_NAME.test(name);
}

/** The name as the scheme writes it. A legacy name stays what it is, with `dots` too, as in Prometheus's exposition. */
export function escapeName(name: string, scheme: EscapingScheme): string {
  if (name === '' || scheme === 'allow-utf-8' || isLegacyName(name)) return name;
  const escaped = Array.from(name, (character, index) => escapeCharacter(character, index, scheme)).join('');
  return scheme === 'values' ? `U__${escaped}` : escaped;
}

function escapeCharacter(
  character: string,
  index: number,
  scheme: Exclude<EscapingScheme, 'allow-utf-8'>,
): string {
  const isLegacy = LEGACY_CHARACTER.test(character) && !(index === 0 && DIGIT.test(character));
  if (scheme === 'underscores') return isLegacy ? character : '_';
  if (character === '_') return '__';
  if (isLegacy) return character;
  if (scheme === 'dots') return character === '.' ? '_dot_' : '__';
  return `_${(character.codePointAt(0) ?? 0).toString(16)}_`;
}
