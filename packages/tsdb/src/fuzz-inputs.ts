/**
 * Inputs of a fuzz test as bytes: one that fails is kept as a file, and all that were kept are tried first, by every run.
 *
 *   <folder of the test>/fixtures/<name of the inputs>-<what they are, or a digest>.bin
 *
 * What was kept is committed with the mend, under a name that says what was hard about it.
 */
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '@promontory/base';

const DIGEST_DIGITS = 12;

/** Throws when the input shows a fault. */
export type InputCheck = (input: Buffer) => void;

export class FuzzInputs {
  readonly #folder: string;
  readonly #name: string;
  readonly #check: InputCheck;

  /** @param testFolder `import.meta.dirname` of the test */
  constructor(testFolder: string, name: string, check: InputCheck) {
    this.#folder = join(testFolder, 'fixtures');
    this.#name = name;
    this.#check = check;
  }

  /**
   * Tries all that were kept, then new ones.
   *
   * @param make makes the input of a round
   * @returns how many of the new ones were tried
   * @throws Error for the first that fails, naming where it is kept
   */
  run(rounds: number, make: (round: number) => Buffer): number {
    this.replay();
    for (let round = 0; round < rounds; round++) this.#try(make(round));
    return rounds;
  }

  #try(input: Buffer): void {
    try {
      this.#check(input);
    } catch (cause) {
      throw new Error(`${errorMessage(cause)}; the input is kept as ${this.#keep(input)}`, { cause });
    }
  }

  /** Tries all that were kept. @returns how many; @throws for the first that fails, naming it */
  replay(): number {
    const names = this.#keptNames();
    for (const name of names) {
      try {
        this.#check(readFileSync(join(this.#folder, name)));
      } catch (cause) {
        throw new Error(`${errorMessage(cause)}; the input is ${join(this.#folder, name)}`, { cause });
      }
    }
    return names.length;
  }

  #keptNames(): string[] {
    if (!existsSync(this.#folder)) return [];
    const isOurs = (name: string): boolean => name.startsWith(`${this.#name}-`) && name.endsWith('.bin');
    return readdirSync(this.#folder).filter(isOurs).sort();
  }

  #keep(input: Buffer): string {
    const digest = hash('sha256', input).slice(0, DIGEST_DIGITS);
    const path = join(this.#folder, `${this.#name}-${digest}.bin`);
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(path, input);
    return path;
  }
}
