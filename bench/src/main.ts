/**
 * `npx nx bench [-- --rounds N --only a,b --case REGEX --series N --queries REGEX --smoke --profile]`: measures this server beside
 * its peers on the same input, prints the tables, keeps them as JSON, and fails when something in `bench/gate.json`
 * does not hold. With `--profile` it shows instead where this server's threads spend their time.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorMessage, systemClock } from '@promontory/base';
import { installPeers } from '@promontory/tools';
import type { CaseReport } from './cases/case.ts';
import { CASES } from './cases/cases.ts';
import { acceptsHttp2 } from './http2-probe.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { profileLines } from './profile/cpu-profile.ts';
import { checkGate, readGate } from './report/gate.ts';
import { describeMachine } from './report/machine.ts';
import { ratiosOf } from './report/ratios.ts';
import { caseLines, machineLines } from './report/table.ts';
import { prometheusSubject } from './subjects/prometheus.ts';
import { promontorySubject } from './subjects/promontory.ts';
import type { Subject } from './subjects/subject.ts';
import { victoriaMetricsSubject } from './subjects/victoria-metrics.ts';

const BENCH_FOLDER = dirname(dirname(fileURLToPath(import.meta.url)));
const RESULTS_FOLDER = join(BENCH_FOLDER, 'results', 'local');
/** Of the last profiled run. */
const PROFILES_FOLDER = join(RESULTS_FOLDER, 'profiles');
/** A default run takes much less; a machine on which it does not would give no figures worth keeping. */
const RUN_MS_MAX = 30 * 60_000;
const ROUND_MS_MAX = 15 * 60_000;

/** Smoke size needs no peers: their answers are known. */
async function chooseSubjects(options: BenchOptions): Promise<Subject[]> {
  const own = promontorySubject(options.isProfile ? PROFILES_FOLDER : null);
  if (options.isProfile || (options.isSmoke && options.only === undefined)) return [own];
  const subjects = [own];
  if (options.only === undefined || options.only.some((name) => name !== own.name)) {
    const peers = await installPeers();
    subjects.push(victoriaMetricsSubject(peers.victoriaMetrics), prometheusSubject(peers.prometheus));
  }
  return subjects.filter(({ name }) => options.only?.includes(name) ?? true);
}

async function runCases(options: BenchOptions, subjects: readonly Subject[]): Promise<CaseReport[]> {
  const reports: CaseReport[] = [];
  const deadlineMs = systemClock.monotonicMs() + RUN_MS_MAX + options.rounds * ROUND_MS_MAX;
  for (const benchCase of CASES.filter(({ name }) => options.casePattern.test(name))) {
    const report = await benchCase.run({
      subjects,
      rounds: options.rounds,
      isSmoke: options.isSmoke,
      seriesCount: options.seriesCount,
      queryPattern: options.queryPattern,
      log: (line) => console.error(line),
      nowMs: systemClock.nowMs(),
      deadlineMs,
    });
    reports.push(report);
    for (const line of caseLines(report)) console.log(line);
  }
  return reports;
}

function writeResults(options: BenchOptions, reports: readonly CaseReport[]): void {
  const machine = describeMachine();
  const time = new Date(systemClock.nowMs()).toISOString();
  const ratios = Object.fromEntries(reports.flatMap((report) => [...ratiosOf(report)]));
  const path = join(RESULTS_FOLDER, `${time.replaceAll(':', '-')}.json`);
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  writeFileSync(
    path,
    `${JSON.stringify({ time, machine, rounds: options.rounds, reports, ratios }, null, 2)}\n`,
  );
  console.log(`results  ${path}`);
}

/** @returns the sentences that say what does not hold */
async function brokenPromises(
  options: BenchOptions,
  subjects: readonly Subject[],
  reports: readonly CaseReport[],
): Promise<string[]> {
  const broken = reports.flatMap(({ failures = [] }) => failures);
  const own = subjects.find(({ name }) => name === 'promontory');
  if (own !== undefined) {
    const server = await own.start();
    try {
      if (await acceptsHttp2(server.address)) broken.push('HTTP/2 by prior knowledge is accepted');
    } finally {
      await server.stop();
    }
  }
  // A part of the queries has other means than all of them.
  if (options.isSmoke || options.queryPattern !== undefined) return broken;
  const gate = checkGate(readGate(join(BENCH_FOLDER, 'gate.json')), reports);
  for (const line of gate.held) console.log(`gate     held: ${line}`);
  const isWhole = options.only === undefined && options.casePattern.source === '(?:)';
  if (isWhole) broken.push(...gate.unmeasured.map((name) => `${name} was not measured`));
  return [...broken, ...gate.broken];
}

async function run(options: BenchOptions): Promise<void> {
  const subjects = await chooseSubjects(options);
  for (const line of machineLines(describeMachine())) console.log(line);
  if (options.isProfile) rmSync(PROFILES_FOLDER, { recursive: true, force: true });
  const reports = await runCases(options, subjects);
  if (options.isProfile) {
    for (const line of profileLines(PROFILES_FOLDER)) console.log(line);
    console.log(`profiles ${PROFILES_FOLDER}`);
    return;
  }
  if (!options.isSmoke) writeResults(options, reports);
  for (const line of await brokenPromises(options, subjects, reports)) {
    console.log(`gate     broken: ${line}`);
    process.exitCode = 1;
  }
}

try {
  await run(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = 1;
}
