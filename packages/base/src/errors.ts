import { ERR_INVARIANT } from './error-codes.ts';

/**
 * The one base class of every error that a caller can see.
 *
 * Callers match `code` (stable, listed in each package's `error-codes.ts`) or `kind`, never the text.
 * The kind alone decides what a sender should do: `bad-data` and `too-large` will fail again,
 * `overload` and `unavailable` are worth a retry.
 */
export type ErrorKind =
  | 'bad-data'
  | 'too-large'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'execution'
  | 'timeout'
  | 'cancelled'
  | 'overload'
  | 'unavailable'
  | 'corrupt'
  | 'internal';

/** Plain facts beside an error: counts, bytes, offsets, references. Never secrets. */
export type ErrorContext = Readonly<Record<string, string | number | boolean>>;

export interface ErrorDetails {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

export class PromontoryError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly context: ErrorContext;

  /** @param message `cannot <verb> <object>: <why>; got X, want Y` */
  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.kind = details.kind;
    this.context = details.context ?? {};
  }
}

/** A broken assumption of our own; never thrown for input. */
export class InvariantError extends PromontoryError {
  constructor(message: string, context?: ErrorContext) {
    super(message, { code: ERR_INVARIANT, kind: 'internal', ...(context && { context }) });
  }
}

/** The message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of anything that was thrown: ours, or Node's (`ENOENT`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
