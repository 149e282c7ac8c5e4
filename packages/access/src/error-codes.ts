/** An access key's id or secret has characters or a length that are not allowed. */
export const ERR_ACCESS_KEY_INVALID = 'ERR_ACCESS_KEY_INVALID';
/** There are already as many access keys as one store may hold. */
export const ERR_ACCESS_KEYS_MAX = 'ERR_ACCESS_KEYS_MAX';
/** The file of access keys is damaged, or is not such a file. */
export const ERR_ACCESS_KEYS_CORRUPT = 'ERR_ACCESS_KEYS_CORRUPT';
/** The file of access keys has a version that this program does not know. */
export const ERR_ACCESS_KEYS_VERSION = 'ERR_ACCESS_KEYS_VERSION';
/** The files of the access keys cannot be read or written. */
export const ERR_ACCESS_KEYS_STORAGE = 'ERR_ACCESS_KEYS_STORAGE';
/** The store of access keys is closed. */
export const ERR_ACCESS_KEYS_CLOSED = 'ERR_ACCESS_KEYS_CLOSED';
/** The key that secrets are encrypted with is missing, damaged, readable by others, or another one. */
export const ERR_SECRET_KEY = 'ERR_SECRET_KEY';
