export { ERR_BENCH_LOAD, ERR_BENCH_RESULT } from './error-codes.ts';
