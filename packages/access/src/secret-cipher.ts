/**
 * Secrets at rest: AES-256-GCM with a random 96-bit nonce each, bound to the key's id and account, so that
 * a secret moved to another record does not decrypt. One key may encrypt 2^32 secrets before nonces repeat.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { assert, PromontoryError } from '@promontory/base';
import type { AccountId } from './access-key.ts';
import { ERR_ACCESS_KEYS_CORRUPT } from './error-codes.ts';
import { SECRET_KEY_BYTES } from './secret-key-file.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FINGERPRINT_TEXT = 'promontory access keys, version 1';
const FINGERPRINT_HEX_DIGITS = 32;

/** What a secret belongs to. */
export interface SecretOwner {
  readonly accessKeyId: string;
  readonly accountId: AccountId;
}

export class SecretCipher {
  readonly #secretKey: Buffer;

  constructor(secretKey: Buffer) {
    assert(secretKey.length === SECRET_KEY_BYTES, 'a secret key has 32 bytes');
    this.#secretKey = secretKey;
  }

  /** Tells whether a file was made with this key, without saying anything about the key. */
  get fingerprint(): string {
    const digest = createHmac('sha256', this.#secretKey).update(FINGERPRINT_TEXT).digest('hex');
    return digest.slice(0, FINGERPRINT_HEX_DIGITS);
  }

  /** @returns nonce, ciphertext and tag in base64 */
  encrypt(secret: string, owner: SecretOwner): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#secretKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(ownerBytes(owner));
    const encrypted = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, encrypted, cipher.getAuthTag()]).toString('base64');
  }

  /** @throws PromontoryError ERR_ACCESS_KEYS_CORRUPT when the text is not what `encrypt` made for this owner */
  decrypt(encryptedBase64: string, owner: SecretOwner): string {
    const bytes = Buffer.from(encryptedBase64, 'base64');
    try {
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const tagAt = bytes.length - TAG_BYTES;
      const decipher = createDecipheriv(ALGORITHM, this.#secretKey, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(ownerBytes(owner));
      decipher.setAuthTag(bytes.subarray(tagAt));
      return decipher.update(bytes.subarray(NONCE_BYTES, tagAt), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw new PromontoryError(
        `cannot decrypt the secret of access key ${owner.accessKeyId}: it was altered`,
        {
          code: ERR_ACCESS_KEYS_CORRUPT,
          kind: 'corrupt',
          cause,
        },
      );
    }
  }
}

/** Unambiguous: neither part can hold a colon. */
function ownerBytes({ accessKeyId, accountId }: SecretOwner): Buffer {
  return Buffer.from(`${accountId}:${accessKeyId}`, 'utf8');
}
