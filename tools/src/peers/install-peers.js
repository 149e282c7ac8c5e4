/**
 * Fetches the peers as unpacked Debian packages; nothing is installed system-wide and no rights are needed.
 *
 * apt runs with lists, cache and sources of its own in a temporary folder: the mirror is the one that this
 * machine already uses, the suite is `sid`, which alone has all of them in current versions. The result is
 * moved to its place in one step, so an interrupted run leaves nothing half-made behind.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { errorCode, errorMessage, PromontoryError } from '@promontory/base';
import { ERR_PEERS_UNAVAILABLE } from '../error-codes.ts';
import { findMirror } from './apt-mirror.ts';
import { defaultPeersFolder, findPeers } from './peers.ts';
const SUITE = 'sid';
const PACKAGES = [
    'prometheus',
    'promtool',
    'victoria-metrics',
    'prometheus-alertmanager',
    'nats-server',
    'prometheus-node-exporter',
];
const OUTPUT_BYTES_MAX = 16 << 20;
const execute = promisify(execFile);
/**
 * Does nothing when the peers are already there.
 *
 * @throws PromontoryError ERR_PEERS_UNAVAILABLE without apt, without a Debian mirror, or when fetching fails
 */
export async function installPeers(folder = defaultPeersFolder()) {
    const present = await findPeers(folder);
    if (present !== null)
        return present;
    const mirror = await findMirror();
    if (mirror === undefined)
        throw unavailable("this machine's apt sources name no Debian mirror");
    const work = await mkdtemp(join(tmpdir(), 'promontory-peers-'));
    try {
        await fetchPackages(work, mirror);
        await unpackInto(work, folder);
    }
    finally {
        await rm(work, { recursive: true, force: true });
    }
    const peers = await findPeers(folder);
    if (peers === null)
        throw unavailable('the packages do not hold the programs that are expected');
    return peers;
}
async function fetchPackages(work, mirror) {
    const sources = join(work, 'sources.list');
    await mkdir(join(work, 'lists', 'partial'), { recursive: true });
    await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true });
    await writeFile(sources, `deb ${mirror} ${SUITE} main\n`);
    const options = [
        `Dir::Etc::SourceList=${sources}`,
        'Dir::Etc::SourceParts=/dev/null',
        `Dir::State::Lists=${join(work, 'lists')}`,
        `Dir::Cache=${join(work, 'cache')}`,
        'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option]);
    await run(work, 'apt-get', [...options, '-qq', 'update']);
    await run(work, 'apt-get', [...options, '-qq', 'download', ...PACKAGES]);
}
/** Unpacks beside the target, which is on the same file system, and then takes its place. */
async function unpackInto(work, folder) {
    await mkdir(dirname(folder), { recursive: true });
    const unpacked = await mkdtemp(`${folder}-`);
    try {
        for (const name of await readdir(work)) {
            if (name.endsWith('.deb'))
                await run(work, 'dpkg-deb', ['-x', name, unpacked]);
        }
        await rm(folder, { recursive: true, force: true });
        await rename(unpacked, folder);
    }
    catch (error) {
        await rm(unpacked, { recursive: true, force: true });
        throw error;
    }
}
async function run(folder, command, args) {
    try {
        await execute(command, args, { cwd: folder, maxBuffer: OUTPUT_BYTES_MAX });
    }
    catch (error) {
        if (errorCode(error) === 'ENOENT')
            throw unavailable(`${command} is missing on this machine`);
        throw unavailable(firstErrorLine(error), error);
    }
}
/** apt writes `E: …` lines after its warnings. */
function firstErrorLine(error) {
    const lines = errorMessage(error).split('\n');
    return lines.find((line) => line.startsWith('E:')) ?? lines[0] ?? '';
}
function unavailable(why, cause) {
    return new PromontoryError(`cannot install peers: ${why}`, {
        code: ERR_PEERS_UNAVAILABLE,
        kind: 'unavailable',
        cause,
    });
}
