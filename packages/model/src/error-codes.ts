/** A label regex is not valid RE2 syntax. */
export const ERR_MATCHER_REGEX_INVALID = 'ERR_MATCHER_REGEX_INVALID';
/** A label regex, or those of a request together, would take too much work to compile. */
export const ERR_MATCHER_REGEX_WEIGHT_MAX = 'ERR_MATCHER_REGEX_WEIGHT_MAX';
/** A native histogram breaks a rule of its format, for example counts that do not add up. */
export const ERR_HISTOGRAM_INVALID = 'ERR_HISTOGRAM_INVALID';
/** Bytes that should be a stored native histogram are not. */
export const ERR_HISTOGRAM_BYTES_INVALID = 'ERR_HISTOGRAM_BYTES_INVALID';
