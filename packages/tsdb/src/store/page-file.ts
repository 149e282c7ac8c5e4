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

/** Pages in memory, twice: as bytes, and the same as words. Pages and their nodes begin at even offsets. */
export interface PageWindow {
  readonly bytes: Buffer;
  readonly words: Uint16Array;
}

export class PageFile {
  readonly bytes: number;
  /** As the file says, once that is known. */
  pageBytes = PAGE_BYTES;
  readonly #fd: number;
  readonly #window: PageWindow;

  constructor(fd: number) {
    const memory = new ArrayBuffer(WINDOW_BYTES);
    this.#window = { bytes: Buffer.from(memory), words: new Uint16Array(memory) };
    this.#fd = fd;
    this.bytes = fstatSync(fd).size;
  }

  /**
   * Calls `visit` for each of the pages, in the order of the file.
   *
   * @param places are sorted in place
   * @param length wanted of each page
   * @param visit gets where in the window the page begins, valid during the call
   */
  walk<Place extends { readonly page: number }>(
    places: Place[],
    length: number,
    visit: (place: Place, window: PageWindow, at: number) => void,
  ): void {
    places.sort((left, right) => left.page - right.page);
    for (let index = 0; index < places.length;) {
      const start = places[index]!.page * this.pageBytes;
      let last = places[index]!.page;
      let end = index + 1;
      for (; end < places.length; end++) {
        const { page } = places[end]!;
        if (page - last > GAP_PAGES_MAX || page * this.pageBytes + length - start > WINDOW_BYTES) break;
        last = page;
      }
      const bytes = last * this.pageBytes + length - start;
      if (readSync(this.#fd, this.#window.bytes, 0, bytes, start) !== bytes)
        throw new DamageFound(last, 'the file ends inside the page');
      for (; index < end; index++) {
        const place = places[index]!;
        visit(place, this.#window, place.page * this.pageBytes - start);
      }
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
