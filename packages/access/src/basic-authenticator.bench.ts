/** Good and bad credentials, and an unknown key; prints `name ns/op hash`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@promontory/base';
import { openAccessKeyStore } from './access-key-store.ts';
import { BasicAuthenticator } from './basic-authenticator.ts';

const CALLS = process.env['PROMONTORY_BENCH_SMOKE'] === '1' ? 100 : 200_000;

const directory = await mkdtemp(join(tmpdir(), 'access-bench-'));
const store = await openAccessKeyStore({ directory, clock: systemClock });
const id = 'bench-key';
const secret = 's'.repeat(30);
await store.importKey(id, secret);
const authenticator = new BasicAuthenticator(store);

const CREDENTIALS: Readonly<Record<string, string>> = {
  'right secret': `${id}:${secret}`,
  'wrong secret': `${id}:${'x'.repeat(30)}`,
  'unknown key': `nobody123:${secret}`,
};

for (const [name, credentials] of Object.entries(CREDENTIALS)) {
  const header = `Basic ${btoa(credentials)}`;
  for (let call = 0; call < CALLS / 10; call++) authenticator.authenticate(header);
  let accepted = 0;
  const startMs = performance.now();
  for (let call = 0; call < CALLS; call++) accepted += authenticator.authenticate(header) === null ? 0 : 1;
  const nsPerCall = ((performance.now() - startMs) * 1e6) / CALLS;
  process.stdout.write(
    `basic auth, ${name} ${nsPerCall.toFixed(0)} ns/op ${accepted === CALLS ? 'accepted' : 'refused'}\n`,
  );
}
await store.close();
await rm(directory, { recursive: true });
