import { readFileSync } from 'node:fs';
import { assert } from '@promontory/base';

/** The version in this package's own package.json. */
export function readServerVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const isNamed = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  assert(isNamed && typeof manifest.version === 'string', 'package.json has a version');
  return manifest.version;
}
