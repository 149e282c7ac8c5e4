/** The programs to compare with could not be fetched. */
export const ERR_PEERS_UNAVAILABLE = 'ERR_PEERS_UNAVAILABLE';
/** A server that a test or benchmark started does not become ready, or does not answer. */
export const ERR_CHILD_SERVER = 'ERR_CHILD_SERVER';
/** A PromQL test script is malformed. */
export const ERR_CONFORMANCE_SCRIPT = 'ERR_CONFORMANCE_SCRIPT';
/** A package could not be built or packed. */
export const ERR_PACK_FAILED = 'ERR_PACK_FAILED';
