/**
 * What a process did to the files below a directory, in order, as `strace` saw it: the ground for simulating
 * a loss of power at any moment.
 *
 * Expects the output of `strace -f -y -xx -s <large>`: strings in hexadecimal, paths beside descriptors.
 */
import { readFileSync } from 'node:fs';

/** The system calls that change files and are modelled, or say where the next `writev` goes. */
const MODELLED_CALLS = [
  'openat',
  'lseek',
  'pwrite64',
  'pwritev',
  'write',
  'writev',
  'fsync',
  'fdatasync',
  'ftruncate',
  'mkdir',
  'rename',
  'unlink',
  'unlinkat',
  'rmdir',
];

/** Others that change files: a log with one of them is refused, for the model would miss it. */
const REFUSED_CALLS = [
  'open',
  'creat',
  'pwritev2',
  'truncate',
  'fallocate',
  'copy_file_range',
  'sendfile',
  'splice',
  'mkdirat',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
];

export const STRACE_ARGUMENTS = [
  '-f',
  '--seccomp-bpf',
  '-y',
  '-xx',
  '-s',
  '100000000',
  '-e',
  `trace=${[...MODELLED_CALLS, ...REFUSED_CALLS].join(',')}`,
];

export type DiskOperation =
  | { readonly kind: 'create'; readonly path: string }
  | { readonly kind: 'make-directory'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly target: string }
  | { readonly kind: 'truncate'; readonly path: string; readonly bytes: number }
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly offset: number;
      readonly bytes: Buffer;
      /** Written through a descriptor that syncs each write. */
      readonly isSynced: boolean;
    }
  | { readonly kind: 'sync'; readonly path: string }
  /** A line on standard output: what the process claims at this moment. */
  | { readonly kind: 'say'; readonly line: string };

/**
 * @param directory operations elsewhere are left out
 * @throws Error when one changes the files in a way that is not modelled
 */
export function readStraceLog(path: string, directory: string): DiskOperation[] {
  const parser = new StraceParser(directory);
  for (const line of readFileSync(path, 'latin1').split('\n')) parser.addLine(line);
  return parser.operations;
}

interface Descriptor {
  readonly isSynced: boolean;
  position: number;
}

class StraceParser {
  readonly operations: DiskOperation[] = [];
  readonly #directory: string;
  readonly #descriptors = new Map<number, Descriptor>();
  /** Thread → the start of a call that another thread interrupted in the log. */
  readonly #unfinished = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  addLine(line: string): void {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const cut = text.indexOf(' <unfinished ...>');
    if (cut >= 0) {
      this.#unfinished.set(thread, text.slice(0, cut));
      return;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const whole = resumed === null ? text : (this.#unfinished.get(thread) ?? '') + (resumed[1] ?? '');
    const call = /^(\w+)\((.*)\) += (-?\d+)/.exec(whole);
    if (call === null) return;
    const [, name = '', argumentText = '', result = ''] = call;
    if (Number(result) >= 0) this.#addCall(name, decodeText(argumentText), Number(result), argumentText);
  }

  #addCall(name: string, text: string, result: number, raw: string): void {
    const descriptor = Number(/^(\d+)/.exec(text)?.[1] ?? -1);
    const path = /^\d+<([^>]*)>/.exec(text)?.[1] ?? /^(?:AT_FDCWD<[^>]*>, )?"([^"]*)"/.exec(text)?.[1] ?? '';
    if (name === 'write' && descriptor === 1) this.#addLinesSaid(buffersIn(raw));
    if (REFUSED_CALLS.includes(name)) {
      if (text.includes(this.#directory)) throw new Error(`cannot model ${name}(${text})`);
      return;
    }
    if (!path.startsWith(this.#directory)) return;
    if ((name === 'openat' || name === 'unlinkat') && descriptor >= 0)
      throw new Error(`cannot model ${name}(${text}): its path is relative`);
    if (name === 'openat') this.#addOpen(path, text, result);
    else if (name === 'lseek') this.#descriptorOf(descriptor).position = result;
    else if (name === 'pwrite64' || name === 'pwritev')
      this.#addWrite(path, descriptor, Number(/(\d+)$/.exec(text)?.[1]), buffersIn(raw));
    else if (name === 'write' || name === 'writev') {
      const open = this.#descriptorOf(descriptor);
      this.#addWrite(path, descriptor, open.position, buffersIn(raw));
      open.position += result;
    } else if (name === 'fsync' || name === 'fdatasync') this.operations.push({ kind: 'sync', path });
    else if (name === 'ftruncate')
      this.operations.push({ kind: 'truncate', path, bytes: Number(/(\d+)$/.exec(text)?.[1]) });
    else if (name === 'mkdir') this.operations.push({ kind: 'make-directory', path });
    else if (name === 'rename')
      this.operations.push({ kind: 'rename', path, target: /", "([^"]*)"/.exec(text)?.[1] ?? '' });
    else this.operations.push({ kind: 'remove', path });
  }

  #addOpen(path: string, text: string, descriptor: number): void {
    this.#descriptors.set(descriptor, { isSynced: /O_D?SYNC/.test(text), position: 0 });
    if (text.includes('O_CREAT')) this.operations.push({ kind: 'create', path });
    if (text.includes('O_TRUNC')) this.operations.push({ kind: 'truncate', path, bytes: 0 });
  }

  #addWrite(path: string, descriptor: number, offset: number, buffers: readonly Buffer[]): void {
    const { isSynced } = this.#descriptorOf(descriptor);
    this.operations.push({ kind: 'write', path, offset, bytes: Buffer.concat(buffers), isSynced });
  }

  #addLinesSaid(buffers: readonly Buffer[]): void {
    for (const line of Buffer.concat(buffers).toString('utf8').split('\n')) {
      if (line !== '') this.operations.push({ kind: 'say', line });
    }
  }

  #descriptorOf(descriptor: number): Descriptor {
    const open = this.#descriptors.get(descriptor);
    if (open === undefined) throw new Error(`descriptor ${descriptor} was not seen to be opened`);
    return open;
  }
}

const HEX_STRING = /"((?:\\x[0-9a-f]{2})*)"/g;

/** The hexadecimal strings of a call as bytes; a path among them comes first. */
function buffersIn(raw: string): Buffer[] {
  const withoutPath = raw.replace(/^\d+<[^>]*>/, '');
  return [...withoutPath.matchAll(HEX_STRING)].map(([, hex = '']) =>
    Buffer.from(hex.replaceAll('\\x', ''), 'hex'),
  );
}

/** Short strings (paths) as text, long ones (data) left out. */
function decodeText(raw: string): string {
  return raw.replaceAll(/(?:\\x[0-9a-f]{2})+/g, (hex) =>
    hex.length > 4096 ? '' : Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString('latin1'),
  );
}
