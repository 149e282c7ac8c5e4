import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode, ManualClock, systemClock } from '@promontory/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAccessKeyStore, type AccessKeyStore } from './access-key-store.ts';
import { encodeAccessKeys, type AccessKeysContent } from './access-keys-file.ts';
import { BasicAuthenticator } from './basic-authenticator.ts';

const NOW_MS = 1_700_000_000_000;
let directory: string;
const opened: AccessKeyStore[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'access-'));
});

afterEach(async () => {
  for (const store of opened.splice(0)) {
    await store.close();
    await store.close();
  }
  await rm(directory, { recursive: true });
});

async function openStore(): Promise<AccessKeyStore> {
  const store = await openAccessKeyStore({
    directory: join(directory, 'control'),
    clock: new ManualClock(NOW_MS),
  });
  opened.push(store);
  return store;
}

const keysPath = (): string => join(directory, 'control', 'access-keys.json');
const secretKeyPath = (): string => join(directory, 'control', 'secret.key');

async function openError(): Promise<string | undefined> {
  return openStore().then(
    () => 'opened',
    (error: unknown) => errorCode(error),
  );
}

function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

describe('AccessKeyStore', () => {
  it('makes pairs that are there after reopening, with the same account', async () => {
    const first = await openStore();
    const { accessKey, secret } = await first.create();
    expect(accessKey).toMatchObject({
      createdAtMs: NOW_MS,
      status: 'active',
      accountId: first.defaultAccountId,
    });
    expect(accessKey.accessKeyId).toMatch(/^PMAK[A-Za-z0-9]{20}$/);
    expect(secret).toMatch(/^[A-Za-z0-9]{30}$/);
    expect(accessKey.accountId).toMatch(/^[1-9]\d{15}$/);
    await first.close();

    const second = await openStore();
    expect(second.list()).toEqual([accessKey]);
    expect(second.findById(accessKey.accessKeyId)).toEqual(accessKey);
    expect(second.revealSecret(accessKey.accessKeyId)).toBe(secret);
    expect(second.defaultAccountId).toBe(first.defaultAccountId);
    expect([second.findById('nobody'), second.revealSecret('nobody')]).toEqual([null, null]);
  });

  it('keeps every one of many keys made at once', async () => {
    const store = await openStore();
    const pairs = await Promise.all(Array.from({ length: 25 }, () => store.create()));
    const ids = pairs.map(({ accessKey }) => accessKey.accessKeyId);
    expect(new Set(ids).size).toBe(25);
    const reopened = await openStore();
    expect(reopened.list().map(({ accessKeyId }) => accessKeyId)).toEqual(ids);
  });

  it('imports a pair once, and replaces another secret of the same id', async () => {
    const store = await openStore();
    await store.importKey('boot', 'first secret');
    const written = await readFile(keysPath());
    await store.importKey('boot', 'first secret');
    expect(await readFile(keysPath())).toEqual(written);
    await store.importKey('boot', 'second:secret');
    expect(store.list()).toHaveLength(1);
    expect((await openStore()).revealSecret('boot')).toBe('second:secret');
  });

  it.each([
    ['a:b', 'secret'],
    ['', 'secret'],
    ['x'.repeat(129), 'secret'],
    ['id', ''],
    ['id', 'sécret'],
    ['id', 'x'.repeat(257)],
  ])('refuses to import %j, %j, and does not show the secret', async (id, secret) => {
    const store = await openStore();
    const error: unknown = await store.importKey(id, secret).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_ACCESS_KEY_INVALID',
      message: expect.not.stringContaining(secret || '?') as string,
    });
    expect(store.list()).toEqual([]);
  });

  it('writes files that others cannot read, without a secret in plain', async () => {
    const store = await openStore();
    await store.importKey('boot', 'very plain secret');
    const modes = await Promise.all(
      [keysPath(), secretKeyPath()].map(async (path) => (await stat(path)).mode & 0o777),
    );
    expect(modes).toEqual([0o600, 0o600]);
    expect(await readFile(keysPath(), 'utf8')).not.toContain('very plain secret');
    expect((await readdir(join(directory, 'control'))).sort()).toEqual(['access-keys.json', 'secret.key']);
  });

  it('refuses changes once closed', async () => {
    const store = await openStore();
    await store.close();
    await expect(store.create()).rejects.toMatchObject({ code: 'ERR_ACCESS_KEYS_CLOSED' });
  });

  it('shows nothing that could not be written', async () => {
    const store = await openStore();
    await rm(join(directory, 'control'), { recursive: true });
    await expect(store.create()).rejects.toMatchObject({
      code: 'ERR_ACCESS_KEYS_STORAGE',
      kind: 'unavailable',
    });
    expect([store.list(), store.revision]).toEqual([[], 0]);
  });

  it('starts over a key file that a crash left alone, and over a half-written file', async () => {
    await openStore();
    await rm(keysPath());
    await writeFile(`${keysPath()}.tmp`, '{"format"');
    await (await openStore()).create();
    expect((await openStore()).list()).toHaveLength(1);
  });
});

describe('damaged files', () => {
  beforeEach(async () => {
    const store = await openStore();
    await store.importKey('boot', 'a secret');
    await store.importKey('more', 'b secret');
  });

  async function rewrite(change: (text: string) => string): Promise<void> {
    const text = await readFile(keysPath(), 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    await writeFile(keysPath(), changed);
  }

  /** As someone would who also knows how to make the checksum. */
  async function forge(change: (content: AccessKeysContent) => unknown): Promise<void> {
    const { content } = JSON.parse(await readFile(keysPath(), 'utf8')) as { content: AccessKeysContent };
    await writeFile(keysPath(), encodeAccessKeys(change(content) as AccessKeysContent));
  }

  const changes: readonly [name: string, change: (text: string) => string, code: string][] = [
    ['an empty file', () => '', 'ERR_ACCESS_KEYS_CORRUPT'],
    ['a cut file', (text) => text.slice(0, text.length / 2), 'ERR_ACCESS_KEYS_CORRUPT'],
    ['one changed character', (text) => text.replace('"active"', '"Active"'), 'ERR_ACCESS_KEYS_CORRUPT'],
    ['another JSON file', () => '{"a":1}', 'ERR_ACCESS_KEYS_CORRUPT'],
    ['no object', () => 'null', 'ERR_ACCESS_KEYS_CORRUPT'],
    ['a later version', (text) => text.replace('"version": 1', '"version": 2'), 'ERR_ACCESS_KEYS_VERSION'],
  ];
  it.each(changes)('%s', async (_, change, code) => {
    await rewrite(change);
    expect(await openError()).toBe(code);
  });

  it.each([
    ['status', 'open'],
    ['createdAtMs', '1'],
    ['accountId', '12'],
    ['accessKeyId', 'a:b'],
    ['encryptedSecret', 5],
  ])('a wrong %s under a right checksum', async (field, value) => {
    await forge((content) => ({ ...content, accessKeys: [{ ...content.accessKeys[0], [field]: value }] }));
    expect(await openError()).toBe('ERR_ACCESS_KEYS_CORRUPT');
  });

  it("another key's secret under a right checksum", async () => {
    await forge((content) => {
      const [first, second] = content.accessKeys;
      return { ...content, accessKeys: [{ ...first, encryptedSecret: second?.encryptedSecret }] };
    });
    expect(await openError()).toBe('ERR_ACCESS_KEYS_CORRUPT');
  });

  it.each([
    ['missing', () => rm(secretKeyPath())],
    ['too short', () => writeFile(secretKeyPath(), 'short')],
    ['another one', () => writeFile(secretKeyPath(), Buffer.alloc(32, 7))],
    ['readable by others', () => chmod(secretKeyPath(), 0o640)],
  ])('a secret key that is %s', async (_, change) => {
    await change();
    expect(await openError()).toBe('ERR_SECRET_KEY');
  });
});

describe('BasicAuthenticator', () => {
  it('knows the right secret, and only it', async () => {
    const store = await openStore();
    await store.importKey('boot', 'a:secret');
    const principal = { accessKeyId: 'boot', accountId: store.defaultAccountId };
    const authenticator = new BasicAuthenticator(store);
    const cases: readonly [header: string | undefined, expected: unknown][] = [
      [basic('boot:a:secret'), principal],
      [basic('boot:a:secret').replace('Basic ', 'bAsIc  '), principal],
      [basic('boot:a:secre'), null],
      [basic('boot:a:secrets'), null],
      [basic('boot:'), null],
      [basic('Boot:a:secret'), null],
      [basic('nobody:a:secret'), null],
      [basic('__proto__:a:secret'), null],
      [basic(':a:secret'), null],
      [basic('boot'), null],
      [basic(''), null],
      [undefined, null],
      ['', null],
      ['Basic', null],
      ['Basic !!!!', null],
      ['Bearer Ym9vdDphOnNlY3JldA==', null],
      ['Ym9vdDphOnNlY3JldA==', null],
      [basic(`boot:${'x'.repeat(100_000)}`), null],
    ];
    const answers = cases.map(([header]) => [header, authenticator.authenticate(header)]);
    expect(answers).toEqual(cases);
  });

  it('learns of new and replaced secrets', async () => {
    const store = await openStore();
    const authenticator = new BasicAuthenticator(store);
    expect(authenticator.authenticate(basic('boot:one'))).toBeNull();
    await store.importKey('boot', 'one');
    expect(authenticator.authenticate(basic('boot:one'))).not.toBeNull();
    await store.importKey('boot', 'two');
    expect(
      [basic('boot:one'), basic('boot:two')].map((header) => authenticator.authenticate(header) === null),
    ).toEqual([true, false]);
  });

  it('does not let an inactive key in', async () => {
    const store = await openStore();
    await store.importKey('boot', 'one');
    const { content } = JSON.parse(await readFile(keysPath(), 'utf8')) as { content: AccessKeysContent };
    const accessKeys = content.accessKeys.map((key) => ({ ...key, status: 'inactive' as const }));
    await writeFile(keysPath(), encodeAccessKeys({ ...content, accessKeys }));
    expect(new BasicAuthenticator(await openStore()).authenticate(basic('boot:one'))).toBeNull();
  });

  it('does the same work for an unknown key as for a wrong secret', async () => {
    const store = await openAccessKeyStore({ directory: join(directory, 'control'), clock: systemClock });
    opened.push(store);
    await store.importKey('boot', 'x'.repeat(30));
    const authenticator = new BasicAuthenticator(store);
    const headers = [basic(`boot:${'y'.repeat(30)}`), basic(`nope:${'y'.repeat(30)}`)];
    const medians = medianDurations(headers.map((header) => () => authenticator.authenticate(header)));
    const [wrong = 0, unknown = 0] = medians;
    expect(Math.abs(wrong - unknown)).toBeLessThan(Math.max(wrong, unknown) / 2);
  });
});

/** Medians over batches run in turn, so that drift of the machine hits all alike. */
function medianDurations(acts: readonly (() => unknown)[]): number[] {
  const durations = acts.map((): number[] => []);
  for (let batch = 0; batch < 41; batch++) {
    acts.forEach((act, index) => {
      const startMs = performance.now();
      for (let call = 0; call < 200; call++) act();
      durations[index]?.push(performance.now() - startMs);
    });
  }
  return durations.map((all) => all.sort((left, right) => left - right)[20] ?? 0);
}
