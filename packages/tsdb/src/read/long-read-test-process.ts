/** Test process: reads the main environment of a database until it is killed. Argument: its directory. */
import { setInterval } from 'node:timers';
import { Store } from '../store/store.ts';

const store = new Store(process.argv[2] ?? '');
const snapshot = store.environment.openSnapshot();
store.readMeta(snapshot);
process.stdout.write('reading\n');
setInterval(() => store.readMeta(snapshot), 1000);
