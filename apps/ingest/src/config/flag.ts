/** The least and the greatest value that can be used; milliseconds, bytes or a count. */
export interface ValueBounds {
  readonly min: number;
  readonly max: number;
}

/** What a setting is. */
export interface Flag<T> {
  readonly name: string;
  /** Stands for the value in `--help`. */
  readonly placeholder: string;
  readonly help: string;
  /** Throws an Error that says what is wanted. */
  readonly parse: (text: string) => T;
  /** Parsed like any other text; null: without a value the setting is null. */
  readonly defaultText: string | null;
  /** Of what is a duration, a size or a count: what `parse` refuses values outside of. */
  readonly bounds?: ValueBounds;
  /** Its value must not be shown, not even in errors. */
  readonly isSecret?: boolean;
  /** Names separated by commas, which may be a list in the file. */
  readonly isList?: boolean;
}

export function withDefault<T>(flag: Flag<T> & { readonly defaultText: string }): Flag<T> {
  return flag;
}

export function optional<T>(flag: Omit<Flag<T>, 'defaultText'>): Flag<T | null> {
  return { ...flag, defaultText: null };
}
