/**
 * Where the threads of a profiled server spent their time, from the `.cpuprofile` files that Node writes, one a
 * thread, named `CPU.<date>.<time>.<process>.<thread>.<sequence>.cpuprofile`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FUNCTIONS_SHOWN = 12;
const US_PER_MS = 1000;
const FILE_NAME = /^CPU\.\d+\.\d+\.(?<process>\d+)\.(?<thread>\d+)\.\d+\.cpuprofile$/;
const REPOSITORY_FOLDERS = /^file:.*\/(?=(?:apps|packages|node_modules)\/)/;

/** The part of a V8 profile that is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Node ids, one a sample. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before, one a sample. */
  readonly timeDeltas: readonly number[];
}

export interface FunctionTime {
  /** `name file:line`, or V8's own `(idle)`, `(garbage collector)`, `(program)`. */
  readonly name: string;
  /** In the function itself, not in what it calls. A wait for another thread counts as time. */
  readonly selfMs: number;
}

/** @returns most first */
export function selfTimes(profile: CpuProfile): FunctionTime[] {
  const nameOfNode = new Map(profile.nodes.map(({ id, callFrame }) => [id, frameName(callFrame)]));
  const selfUs = new Map<string, number>();
  for (const [index, node] of profile.samples.entries()) {
    const name = nameOfNode.get(node) ?? '(unknown)';
    selfUs.set(name, (selfUs.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0));
  }
  return [...selfUs]
    .map(([name, us]) => ({ name, selfMs: us / US_PER_MS }))
    .sort((left, right) => right.selfMs - left.selfMs);
}

/** @returns for each thread in the folder its longest functions, as lines to print */
export function profileLines(folder: string): string[] {
  const lines: string[] = [];
  for (const file of readdirSync(folder).sort()) {
    const { process, thread } = FILE_NAME.exec(file)?.groups ?? {};
    if (process === undefined || thread === undefined) continue;
    const times = selfTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile);
    const totalMs = times.reduce((sum, { selfMs }) => sum + selfMs, 0);
    lines.push(`process ${process}, thread ${thread}: ${Math.round(totalMs)} ms`);
    lines.push(...times.slice(0, FUNCTIONS_SHOWN).map((time) => `  ${timeText(time, totalMs)}`));
  }
  return lines;
}

function timeText({ name, selfMs }: FunctionTime, totalMs: number): string {
  const percent = ((100 * selfMs) / totalMs).toFixed(1).padStart(5);
  return `${percent} %  ${Math.round(selfMs).toString().padStart(6)} ms  ${name}`;
}

function frameName({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${url.replace(REPOSITORY_FOLDERS, '')}:${lineNumber + 1}`;
}
