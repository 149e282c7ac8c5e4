export { ERR_BENCH_LOAD, ERR_BENCH_RESULT, ERR_BENCH_SUBJECT } from './error-codes.ts';
