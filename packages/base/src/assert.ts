import { InvariantError, type ErrorContext } from './errors.ts';

/**
 * Always on. For our own mistakes only: input gets a typed error instead.
 *
 * @throws InvariantError when the condition does not hold
 */
export function assert(condition: boolean, message: string, context?: ErrorContext): asserts condition {
  if (!condition) throw new InvariantError(message, context);
}

/** Marks code that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable value: ${String(value)}`);
}
