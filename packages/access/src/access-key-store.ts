/**
 * The access keys of one server, in memory and in `<directory>/access-keys.json`.
 *
 * Memory holds the secrets encrypted, as the file does. A change is on disk before it can be seen, and
 * changes happen one after the other: of several at once, none is lost. One process at a time may have a
 * directory open; the server's own lock on its data sees to that.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, errorMessage, PromontoryError, type Clock } from '@promontory/base';
import type { AccessKey, AccessKeyPair, AccountId } from './access-key.ts';
import {
  decodeAccessKeys,
  encodeAccessKeys,
  type AccessKeysContent,
  type StoredAccessKey,
} from './access-keys-file.ts';
import { replaceFile } from './atomic-file.ts';
import { ERR_ACCESS_KEYS_CLOSED, ERR_ACCESS_KEYS_MAX, ERR_ACCESS_KEYS_STORAGE } from './error-codes.ts';
import { checkKeyPair, generateAccessKeyId, generateAccountId, generateSecret } from './key-generation.ts';
import { SecretCipher } from './secret-cipher.ts';
import { createSecretKey, readSecretKey, secretKeyError } from './secret-key-file.ts';

export interface AccessKeyStoreOptions {
  /** Made when missing, for its owner alone. */
  readonly directory: string;
  readonly clock: Clock;
}

const KEYS_FILE = 'access-keys.json';
const SECRET_KEY_FILE = 'secret.key';
const ACCESS_KEYS_MAX = 10_000;
const OWNER_ONLY = 0o700;

/**
 * Opens the store, or makes an empty one with a secret key and an account of its own.
 *
 * @throws PromontoryError ERR_ACCESS_KEYS_CORRUPT, ERR_ACCESS_KEYS_VERSION, ERR_ACCESS_KEYS_STORAGE,
 *   ERR_SECRET_KEY
 */
export async function openAccessKeyStore(options: AccessKeyStoreOptions): Promise<AccessKeyStore> {
  const { directory, clock } = options;
  const path = join(directory, KEYS_FILE);
  const secretKeyPath = join(directory, SECRET_KEY_FILE);
  const bytes = await onDisk(directory, async () => {
    await mkdir(directory, { recursive: true, mode: OWNER_ONLY });
    return readIfPresent(path);
  });
  const existingKey = await readSecretKey(secretKeyPath);
  if (bytes === null) {
    const secretKey = existingKey ?? (await onDisk(directory, () => createSecretKey(secretKeyPath)));
    const cipher = new SecretCipher(secretKey);
    const content = {
      secretKeyFingerprint: cipher.fingerprint,
      defaultAccountId: generateAccountId(),
      accessKeys: [],
    };
    await onDisk(directory, () => replaceFile(path, encodeAccessKeys(content)));
    return new AccessKeyStore(path, clock, cipher, content);
  }
  if (existingKey === null) {
    throw secretKeyError(`cannot open access keys: ${secretKeyPath} is missing; restore it beside ${path}`);
  }
  const cipher = new SecretCipher(existingKey);
  const content = decodeAccessKeys(bytes);
  if (content.secretKeyFingerprint !== cipher.fingerprint) {
    throw secretKeyError(`cannot open access keys: ${path} was not written with ${secretKeyPath}`);
  }
  // An altered secret is found now, not when its owner comes in.
  for (const stored of content.accessKeys) cipher.decrypt(stored.encryptedSecret, stored);
  return new AccessKeyStore(path, clock, cipher, content);
}

export class AccessKeyStore {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #cipher: SecretCipher;
  #content: AccessKeysContent;
  #byId: ReadonlyMap<string, StoredAccessKey>;
  #revision = 0;
  #closed = false;
  /** The last change; the next begins when it is done, whatever came of it. */
  #pending: Promise<unknown> = Promise.resolve();

  /** @param content what the file at `path` holds */
  constructor(path: string, clock: Clock, cipher: SecretCipher, content: AccessKeysContent) {
    this.#path = path;
    this.#clock = clock;
    this.#cipher = cipher;
    this.#content = content;
    this.#byId = indexById(content);
  }

  /** Whose a key is when nothing else is said; made with the store and never changed. */
  get defaultAccountId(): AccountId {
    return this.#content.defaultAccountId;
  }

  /** Grows with every change that became visible. */
  get revision(): number {
    return this.#revision;
  }

  /** In the order of their making. */
  list(): AccessKey[] {
    return this.#content.accessKeys.map(withoutSecret);
  }

  findById(accessKeyId: string): AccessKey | null {
    const stored = this.#byId.get(accessKeyId);
    return stored === undefined ? null : withoutSecret(stored);
  }

  /**
   * The secret in plain, for signatures; do not keep it.
   *
   * @returns null when there is no such key
   * @throws PromontoryError ERR_ACCESS_KEYS_CORRUPT
   */
  revealSecret(accessKeyId: string): string | null {
    const stored = this.#byId.get(accessKeyId);
    return stored === undefined ? null : this.#cipher.decrypt(stored.encryptedSecret, stored);
  }

  /** @throws PromontoryError ERR_ACCESS_KEYS_MAX, ERR_ACCESS_KEYS_STORAGE, ERR_ACCESS_KEYS_CLOSED */
  create(accountId: AccountId = this.defaultAccountId): Promise<AccessKeyPair> {
    const secret = generateSecret();
    return this.#enqueue(async () => {
      const stored = this.#seal(generateAccessKeyId(), secret, accountId);
      await this.#publish([...this.#content.accessKeys, stored]);
      return { accessKey: withoutSecret(stored), secret };
    });
  }

  /**
   * Makes sure that this pair opens the default account: adds it, or replaces the secret of the key with
   * this id. Nothing is written when it is there already.
   *
   * @throws PromontoryError ERR_ACCESS_KEY_INVALID and those of `create`
   */
  async importKey(accessKeyId: string, secret: string): Promise<AccessKey> {
    checkKeyPair(accessKeyId, secret);
    return this.#enqueue(async () => {
      const existing = this.#byId.get(accessKeyId);
      if (existing?.status === 'active' && this.revealSecret(accessKeyId) === secret)
        return withoutSecret(existing);
      const stored = this.#seal(accessKeyId, secret, existing?.accountId ?? this.defaultAccountId);
      const others = this.#content.accessKeys.filter((key) => key.accessKeyId !== accessKeyId);
      await this.#publish([...others, stored]);
      return withoutSecret(stored);
    });
  }

  /** Waits for changes on their way; what comes later is refused. Calling it twice is fine. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pending;
  }

  #seal(accessKeyId: string, secret: string, accountId: AccountId): StoredAccessKey {
    const encryptedSecret = this.#cipher.encrypt(secret, { accessKeyId, accountId });
    return { accessKeyId, accountId, createdAtMs: this.#clock.nowMs(), status: 'active', encryptedSecret };
  }

  #enqueue<T>(change: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    const result = this.#pending.then(change);
    this.#pending = result.catch(() => undefined);
    return result;
  }

  async #publish(accessKeys: readonly StoredAccessKey[]): Promise<void> {
    if (accessKeys.length > ACCESS_KEYS_MAX) throw tooManyError();
    const content = { ...this.#content, accessKeys };
    await onDisk(this.#path, () => replaceFile(this.#path, encodeAccessKeys(content)));
    this.#content = content;
    this.#byId = indexById(content);
    this.#revision++;
  }
}

function indexById(content: AccessKeysContent): ReadonlyMap<string, StoredAccessKey> {
  return new Map(content.accessKeys.map((stored) => [stored.accessKeyId, stored]));
}

function withoutSecret({ accessKeyId, accountId, createdAtMs, status }: StoredAccessKey): AccessKey {
  return { accessKeyId, accountId, createdAtMs, status };
}

async function readIfPresent(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function onDisk<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new PromontoryError(`cannot read or write access keys in ${path}: ${errorMessage(cause)}`, {
      code: ERR_ACCESS_KEYS_STORAGE,
      kind: 'unavailable',
      cause,
    });
  }
}

function closedError(): PromontoryError {
  return new PromontoryError('cannot change access keys: the store is closed', {
    code: ERR_ACCESS_KEYS_CLOSED,
    kind: 'unavailable',
  });
}

function tooManyError(): PromontoryError {
  return new PromontoryError(`cannot add access key: there are ${ACCESS_KEYS_MAX} already`, {
    code: ERR_ACCESS_KEYS_MAX,
    kind: 'overload',
    context: { accessKeysMax: ACCESS_KEYS_MAX },
  });
}
