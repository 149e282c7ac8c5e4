/** What the kernel says about another process (Linux). */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { assert } from '@promontory/base';

const BYTES_PER_KB = 1024;
const MS_PER_S = 1000;
/** Written to `clear_refs` it sets the peak to what is resident (proc(5)). */
const RESET_PEAK = '5';

export interface ProcessMemory {
  /** Most resident since the process began, or since the peak was forgotten. */
  readonly residentPeakBytes: number;
  /** Resident now, by kind: heaps and stacks, mapped files, shared memory. */
  readonly anonymousBytes: number;
  readonly fileBytes: number;
  readonly sharedBytes: number;
}

/**
 * User and system time of all threads of a process, and of its children that have ended.
 *
 * @param stat text of `/proc/PID/stat`; the name, in parentheses, may hold spaces
 */
export function cpuTicksIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).map(Number);
  assert(ticks.length === 4 && ticks.every(Number.isFinite), 'the stat line has its CPU fields');
  return ticks.reduce((sum, value) => sum + value, 0);
}

/** @param status text of `/proc/PID/status` */
export function memoryIn(status: string): ProcessMemory {
  const bytesOf = (field: string): number => {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status);
    return match === null ? 0 : Number(match[1]) * BYTES_PER_KB;
  };
  return {
    residentPeakBytes: bytesOf('VmHWM'),
    anonymousBytes: bytesOf('RssAnon'),
    fileBytes: bytesOf('RssFile'),
    sharedBytes: bytesOf('RssShmem'),
  };
}

/**
 * What the process holds whatever the kernel needs: mapped files can be dropped from memory, this cannot. JavaScript's
 * shared buffers count as anonymous on Linux, memory of `memfd` and `/dev/shm` as shared.
 */
export function heldBytes({ anonymousBytes, sharedBytes }: ProcessMemory): number {
  return anonymousBytes + sharedBytes;
}

/** Reads one process; its id must stay valid while this is used. */
export class ProcessStats {
  readonly #pid: number;
  readonly #ticksPerS: number;

  constructor(pid: number) {
    this.#pid = pid;
    this.#ticksPerS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
    assert(this.#ticksPerS > 0, 'the kernel has a tick rate');
  }

  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.#pid}/stat`, 'utf8');
    return (cpuTicksIn(stat) * MS_PER_S) / this.#ticksPerS;
  }

  memory(): ProcessMemory {
    return memoryIn(readFileSync(`/proc/${this.#pid}/status`, 'utf8'));
  }

  forgetResidentPeak(): void {
    writeFileSync(`/proc/${this.#pid}/clear_refs`, RESET_PEAK);
  }
}
