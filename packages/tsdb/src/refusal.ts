/** Why something is not taken: a code, and words for a person, which are made only for those that somebody reads. */
export interface Refusal {
  readonly code: string;
  readonly why: () => string;
}
