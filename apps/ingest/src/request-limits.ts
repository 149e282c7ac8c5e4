/** Bounds that are the same for every server, and that settings depend on. */

/** Of a request's parameters, of which an expression is the longest; reading more would keep a thread from its deadline. */
export const PARAMETERS_BYTES_MAX = 1024 * 1024;
/** Answers that are sent piece by piece at the same time: each holds a cancel flag and no thread. */
export const STREAMS_MAX = 4096;
