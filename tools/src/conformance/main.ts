/** `npm run conformance -- <folder or file>…`; without arguments the project's own scripts. */
import { fileURLToPath } from 'node:url';
import { formatReport, runConformance } from './run-conformance.ts';

const OWN_SCRIPTS = fileURLToPath(new URL('../../../packages/promql/conformance', import.meta.url));

const requested = process.argv.slice(2);
const report = await runConformance(requested.length === 0 ? [OWN_SCRIPTS] : requested);
for (const line of formatReport(report)) console.log(line);
process.exitCode = report.failures.length === 0 ? 0 : 1;
