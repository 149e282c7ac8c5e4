/** A broken assumption of the program's own. */
export const ERR_INVARIANT = 'ERR_INVARIANT';
