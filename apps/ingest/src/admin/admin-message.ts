/** What the HTTP thread asks of the storage thread, and what it hears. Plain data: classes do not pass between threads. */
import { errorCode, errorMessage, PromontoryError, type ErrorKind } from '@promontory/base';
import type { DeletionCounts } from '@promontory/http-api';
import { type MatchOperator, Matcher } from '@promontory/model';
import { ERR_INTERNAL } from '../error-codes.ts';

export interface PlainMatcher {
  readonly operator: MatchOperator;
  readonly name: string;
  readonly value: string;
}

export type AdminRequest =
  | {
      readonly what: 'delete';
      readonly matcherSets: readonly (readonly PlainMatcher[])[];
      readonly rangeStartMsInclusive: number;
      readonly rangeEndMsInclusive: number;
      readonly dryRun: boolean;
    }
  | { readonly what: 'clean' }
  /** To a folder that is not there yet. */
  | { readonly what: 'snapshot'; readonly directory: string };

export interface AdminCall {
  /** Names the answer. */
  readonly callId: number;
  readonly request: AdminRequest;
}

export interface AdminFailure {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
}

export interface AdminAnswer {
  readonly callId: number;
  /** Null when it was done. */
  readonly failure: AdminFailure | null;
  /** Of a deletion that was done. */
  readonly counts: DeletionCounts | null;
}

export function plainMatcher({ operator, name, value }: Matcher): PlainMatcher {
  return { operator, name, value };
}

export function matcherOf({ operator, name, value }: PlainMatcher): Matcher {
  return new Matcher(operator, name, value);
}

export function adminFailure(error: unknown): AdminFailure {
  return {
    code: errorCode(error) ?? ERR_INTERNAL,
    kind: error instanceof PromontoryError ? error.kind : 'internal',
    message: errorMessage(error),
  };
}
