/** 16 decimal digits. */
export type AccountId = string & { readonly __kind: 'AccountId' };

export type AccessKeyStatus = 'active' | 'inactive';

/** Who may come in with a secret; the secret itself stays in the store. Immutable. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly accountId: AccountId;
  readonly createdAtMs: number;
  readonly status: AccessKeyStatus;
}

/** A new key pair: the one moment at which its secret is seen. */
export interface AccessKeyPair {
  readonly accessKey: AccessKey;
  readonly secret: string;
}

/** Who a request comes from, once its credentials are checked. */
export interface Principal {
  readonly accessKeyId: string;
  readonly accountId: AccountId;
}
