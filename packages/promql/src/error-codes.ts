/** The query text is not PromQL. */
export const ERR_QUERY_SYNTAX = 'ERR_QUERY_SYNTAX';
/** The query parses, but an operand or argument has the wrong type. */
export const ERR_QUERY_TYPE = 'ERR_QUERY_TYPE';
/** The query nests deeper, or is longer, than the engine accepts. */
export const ERR_QUERY_DEPTH_MAX = 'ERR_QUERY_DEPTH_MAX';
/** The evaluation failed on the data it met, for example a many-to-many match. */
export const ERR_QUERY_EXECUTION = 'ERR_QUERY_EXECUTION';
/** The evaluation, or another request over data, took longer than its limit. */
export const ERR_QUERY_TIMEOUT = 'ERR_QUERY_TIMEOUT';
/** The caller cancelled the query, or another request over data. */
export const ERR_QUERY_CANCELLED = 'ERR_QUERY_CANCELLED';
/** The evaluation would hold more samples in memory than the request's limit. */
export const ERR_QUERY_SAMPLES_MAX = 'ERR_QUERY_SAMPLES_MAX';
/** The evaluation would need more memory than the request's limit. */
export const ERR_QUERY_MEMORY_MAX = 'ERR_QUERY_MEMORY_MAX';
/** A range query has more steps than the request's limit. */
export const ERR_QUERY_STEPS_MAX = 'ERR_QUERY_STEPS_MAX';
