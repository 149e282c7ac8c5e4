export type { AccessKey, AccessKeyPair, AccessKeyStatus, AccountId, Principal } from './access-key.ts';
export { openAccessKeyStore, type AccessKeyStore, type AccessKeyStoreOptions } from './access-key-store.ts';
export { BasicAuthenticator } from './basic-authenticator.ts';
export {
  ERR_ACCESS_KEY_INVALID,
  ERR_ACCESS_KEYS_CLOSED,
  ERR_ACCESS_KEYS_CORRUPT,
  ERR_ACCESS_KEYS_MAX,
  ERR_ACCESS_KEYS_STORAGE,
  ERR_ACCESS_KEYS_VERSION,
  ERR_SECRET_KEY,
} from './error-codes.ts';
export { checkKeyPair } from './key-generation.ts';
