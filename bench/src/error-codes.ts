/** A load run had answers other than 2xx, or lost connections. */
export const ERR_BENCH_LOAD = 'ERR_BENCH_LOAD';
/** The load ended before the server wrote a block, so that the cost of blocks was not measured. */
export const ERR_BENCH_NO_BLOCK = 'ERR_BENCH_NO_BLOCK';
/** The stored samples are not the ones that were sent. */
export const ERR_BENCH_RESULT = 'ERR_BENCH_RESULT';
/** The run's time was over before all turns were taken. */
export const ERR_BENCH_TIMEOUT = 'ERR_BENCH_TIMEOUT';
/** A block was written before the restart, so that the restart had less log to read than there can be. */
export const ERR_BENCH_BLOCK_WRITTEN = 'ERR_BENCH_BLOCK_WRITTEN';
/** Scrapes could not be recorded, or a recording cannot be read. */
export const ERR_BENCH_RECORDING = 'ERR_BENCH_RECORDING';
