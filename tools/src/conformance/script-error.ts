/** What is wrong with a script, and in which line. */
import { errorCode, errorMessage, PromontoryError } from '@promontory/base';
import { ERR_CONFORMANCE_SCRIPT } from '../error-codes.ts';

export function scriptError(reason: string): PromontoryError {
  return new PromontoryError(`cannot read script: ${reason}`, {
    code: ERR_CONFORMANCE_SCRIPT,
    kind: 'bad-data',
  });
}

/**
 * Calls what reads one line.
 *
 * @param line counted from 1
 * @throws PromontoryError ERR_CONFORMANCE_SCRIPT, with the line in its context, for whatever `read` throws
 */
export function atLine<T>(line: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const isOwn = errorCode(error) === ERR_CONFORMANCE_SCRIPT;
    // What is found out at a later line may belong to an earlier one, and says so itself.
    if (isOwn && lineOfError(error) !== null) throw error;
    throw new PromontoryError(isOwn ? errorMessage(error) : scriptError(errorMessage(error)).message, {
      code: ERR_CONFORMANCE_SCRIPT,
      kind: 'bad-data',
      context: { line },
      cause: error,
    });
  }
}

/** The line that `atLine` put into an error; null for any other error. */
export function lineOfError(error: unknown): number | null {
  const line = error instanceof PromontoryError ? error.context['line'] : undefined;
  return typeof line === 'number' ? line : null;
}
