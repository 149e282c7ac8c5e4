/** Switches, in the spellings that Go takes for one. */
const TRUE_TEXTS: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE_TEXTS: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** The value, or why the text is none, in the words of Go's own parser. */
export type ParsedBoolean = { readonly value: boolean } | { readonly problem: string };

/** @param text '' is false */
export function parseBoolean(text: string): ParsedBoolean {
  if (TRUE_TEXTS.has(text)) return { value: true };
  if (text === '' || FALSE_TEXTS.has(text)) return { value: false };
  return { problem: `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax` };
}
