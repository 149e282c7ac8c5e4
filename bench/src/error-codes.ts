/** A measured server does not start, does not answer, or answers wrongly. */
export const ERR_BENCH_SUBJECT = 'ERR_BENCH_SUBJECT';
/** A load run had answers other than 2xx, or lost connections. */
export const ERR_BENCH_LOAD = 'ERR_BENCH_LOAD';
/** The stored samples are not the ones that were sent. */
export const ERR_BENCH_RESULT = 'ERR_BENCH_RESULT';
