/** The programs to compare with could not be fetched. */
export const ERR_PEERS_UNAVAILABLE = 'ERR_PEERS_UNAVAILABLE';
