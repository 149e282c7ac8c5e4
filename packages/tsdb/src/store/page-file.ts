/** An LMDB data file as the check of its structure reads it: pages in the order in which they lie, many at a time. */
import { fstatSync, readSync } from 'node:fs';
import { PAGE_BYTES } from './lmdb-page.ts';

const WINDOW_BYTES = 1 << 20;
/** Reading so many pages for nothing costs less than another call. */
const GAP_PAGES_MAX = 8;

export interface LmdbFileDamage {
  /** The first page found damaged, or null when it is the file as a whole. */
  readonly page: number | null;
  readonly reason: string;
}

/** What `checkLmdbFile` found, on its way out of the walk. */
export class DamageFound extends Error {
  readonly damage: LmdbFileDamage;

  constructor(page: number | null, reason: string) {
    super(reason);
    this.damage = { page, reason };
  }
}

export class PageFile {
  readonly bytes: number;
  /** As the file says, once that is known. */
  pageBytes = PAGE_BYTES;
  readonly #fd: number;
  readonly #window = Buffer.allocUnsafeSlow(WINDOW_BYTES);

  constructor(fd: number) {
    this.#fd = fd;
    this.bytes = fstatSync(fd).size;
  }

  /**
   * Calls `visit` for each of the pages, in the order of the file.
   *
   * @param pages are sorted in place
   * @param length wanted of each page
   * @param visit gets the page's bytes from an offset on, valid during the call
   */
  walk(pages: number[], length: number, visit: (page: number, bytes: Buffer, at: number) => void): void {
    pages.sort((left, right) => left - right);
    for (let index = 0; index < pages.length;) {
      const first = pages[index]!;
      const start = first * this.pageBytes;
      let end = index + 1;
      while (
        end < pages.length &&
        pages[end]! - pages[end - 1]! <= GAP_PAGES_MAX &&
        pages[end]! * this.pageBytes + length - start <= WINDOW_BYTES
      )
        end++;
      const bytes = pages[end - 1]! * this.pageBytes + length - start;
      if (readSync(this.#fd, this.#window, 0, bytes, start) !== bytes)
        throw new DamageFound(pages[end - 1]!, 'the file ends inside the page');
      for (; index < end; index++) visit(pages[index]!, this.#window, pages[index]! * this.pageBytes - start);
    }
  }

  read(page: number | null, position: number, length: number): Buffer {
    if (position + length > this.bytes) throw new DamageFound(page, 'the file ends inside the page');
    const bytes = Buffer.allocUnsafe(length);
    if (readSync(this.#fd, bytes, 0, length, position) !== length)
      throw new DamageFound(page, 'the file ends inside the page');
    return bytes;
  }
}
