/** `npm run peers [-- FOLDER]`: fetches the peers unless they are there, and prints their paths. */
import { errorMessage } from '@promontory/base';
import { installPeers } from './install-peers.ts';

try {
  for (const path of Object.values(await installPeers(process.argv[2]))) console.log(path);
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = 1;
}
