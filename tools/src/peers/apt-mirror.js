/**
 * Which Debian mirror this machine's own apt sources name.
 *
 * Both source formats count: one-line (`deb [options] URI suite …`) and stanzas with a `URIs:` field. A mirror
 * of Debian itself has a path that ends in `debian`; security and vendor archives do not.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
const APT_FOLDER = '/etc/apt';
const ONE_LINE = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/;
const STANZA_FIELD = /^URIs:\s*(.+)$/i;
const DEBIAN_URI = /^[a-z+]+:\/\/\S+\/debian\/?$/;
/** @returns the first Debian mirror in the text of a sources file, or undefined */
export function mirrorIn(sourcesText) {
    for (const line of sourcesText.split('\n')) {
        const uris = ONE_LINE.exec(line.trim())?.[1] ?? STANZA_FIELD.exec(line.trim())?.[1] ?? '';
        const mirror = uris.split(/\s+/).find((uri) => DEBIAN_URI.test(uri));
        if (mirror !== undefined)
            return mirror;
    }
    return undefined;
}
/** Reads `sources.list` and `sources.list.d` of an apt folder; files that are absent count as empty. */
export async function findMirror(aptFolder = APT_FOLDER) {
    const parts = join(aptFolder, 'sources.list.d');
    const names = await readdir(parts).catch(() => []);
    const files = [
        join(aptFolder, 'sources.list'),
        ...names
            .filter((name) => /\.(list|sources)$/.test(name))
            .toSorted((left, right) => left.localeCompare(right))
            .map((name) => join(parts, name)),
    ];
    for (const file of files) {
        const mirror = mirrorIn(await readFile(file, 'utf8').catch(() => ''));
        if (mirror !== undefined)
            return mirror;
    }
    return undefined;
}
