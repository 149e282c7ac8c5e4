/** A label regex is not valid RE2 syntax. */
export const ERR_MATCHER_REGEX_INVALID = 'ERR_MATCHER_REGEX_INVALID';
