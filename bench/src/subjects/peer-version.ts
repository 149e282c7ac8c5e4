/** Versions of the peers, from the changelogs that their Debian packages carry. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** @returns for example `3.5.3`, or `unknown` when the package has no changelog */
export function peerVersion(executable: string, packageName: string): string {
  const documents = join(dirname(dirname(executable)), 'share', 'doc', packageName);
  try {
    const changelog = gunzipSync(readFileSync(join(documents, 'changelog.Debian.gz'))).toString('utf8');
    return /^\S+ \((?:\d+:)?(\d[\d.]*)/.exec(changelog)?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
