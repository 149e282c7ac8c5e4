/** `node tools/src/run-micro-benches.ts FOLDER [REGEX]`: runs the folder's micro-benchmarks one after the other. */
import { findMicroBenches, runMicroBench } from './micro-benches.ts';

const [folder, pattern = ''] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: run-micro-benches.ts FOLDER [REGEX]');
  process.exitCode = 2;
} else {
  const files = findMicroBenches(folder).filter((file) => new RegExp(pattern).test(file));
  if (files.length === 0) console.log(`${folder}: no micro-benchmarks`);
  for (const file of files) {
    const { exitCode, output } = await runMicroBench(file, { isSmoke: false });
    console.log(`${file}\n${output.trimEnd()}`);
    if (exitCode !== 0) process.exitCode = 1;
  }
}
