export { assert, unreachable } from './assert.ts';
export { ManualClock, systemClock, type Clock } from './clock.ts';
export {
  errorCode,
  errorMessage,
  InvariantError,
  PromontoryError,
  type ErrorContext,
  type ErrorDetails,
  type ErrorKind,
} from './errors.ts';
export { freeMemory } from './free-memory.ts';
export { LruMap } from './lru-map.ts';
export { SeededRandom } from './random.ts';
export { WorkTicker } from './work-ticker.ts';
