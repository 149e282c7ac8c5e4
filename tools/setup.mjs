/**
 * Installs the pinned dependencies when they are missing or out of date; the first step of `npm start`,
 * `npm test`, `npm run dev` and `npm run check`.
 *
 * The only JavaScript file of the repository: it runs before anything is installed, on any Node >= 20, and
 * the older ones cannot run TypeScript. It uses nothing but Node itself.
 *
 * What is installed is read from npm's own record, `node_modules/.package-lock.json`, which npm writes last:
 * an interrupted installation has none and is repeated. Nothing to do takes well under 100 ms.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const pinnedNode = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

function readPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/** Other platforms' binaries are optional and stay out; everything else must be there as locked. */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(modules, '.package-lock.json'));
  if (wanted === undefined || present === undefined || !existsSync(pinnedNode)) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return (
      found.version === entry.version && found.integrity === entry.integrity && found.link === entry.link
    );
  });
}

/** The Node that stays in place while `npm ci` replaces node_modules, and npm as this very run found it. */
function npmCommand() {
  const npmCli = process.env.npm_execpath;
  const node = process.env.npm_node_execpath ?? process.execPath;
  const survives = !node.startsWith(modules + sep);
  return npmCli?.endsWith('.js') && survives ? [node, npmCli] : ['npm'];
}

/** Install scripts run for the packages that package.json lists in `allowScripts`, whatever the user's npm is set to. */
function install() {
  process.stderr.write('setup: installing the locked dependencies (npm ci)\n');
  const [command, ...prefix] = npmCommand();
  const args = [
    ...prefix,
    'ci',
    '--ignore-scripts=false',
    '--include=dev',
    '--include=optional',
    '--loglevel=error',
  ];
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && command === 'npm',
    env: { ...process.env, NODE_ENV: 'development' },
  });
  return result.error === undefined && result.status === 0;
}

if (!isInstalled() && !(install() && isInstalled())) {
  process.stderr.write('setup: the dependencies could not be installed; see the messages above\n');
  process.exitCode = 1;
}
