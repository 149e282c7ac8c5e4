/** `node tools/src/pack/main.ts packages/NAME`: prints the path of the tarball, in `packages/NAME/dist/`. */
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../test-all/repository.ts';
import { packPackage } from './pack-package.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined || !/^packages\/[\w-]+$/.test(folder)) {
  console.error('usage: node tools/src/pack/main.ts packages/NAME');
  process.exitCode = 2;
} else {
  console.log(await packPackage(folder, join(REPOSITORY_ROOT, folder, 'dist')));
}
