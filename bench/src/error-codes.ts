/** A load run had answers other than 2xx, or lost connections. */
export const ERR_BENCH_LOAD = 'ERR_BENCH_LOAD';
/** The stored samples are not the ones that were sent. */
export const ERR_BENCH_RESULT = 'ERR_BENCH_RESULT';
