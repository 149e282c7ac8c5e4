/**
 * The differences that are known and meant: the table of docs/promql-differences.md. Its cells hold, in this
 * order, a pattern of the query, a pattern of a difference, a pattern of what else differs where that does, and
 * what each side does.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { assert } from '@promontory/base';

export const DIFFERENCES_FILE = fileURLToPath(
  new URL('../../../../docs/promql-differences.md', import.meta.url),
);

export interface KnownDifference {
  /** The row's own words on what is done here. */
  readonly title: string;
  readonly query: RegExp;
  readonly difference: RegExp;
  /** What else may differ in the same answer, null for nothing. */
  readonly consequences: RegExp | null;
}

export async function readKnownDifferences(file = DIFFERENCES_FILE): Promise<KnownDifference[]> {
  const rows = (await readFile(file, 'utf8')).split('\n').map(cellsOf);
  return rows.flatMap((cells) => {
    const patterns = cells.slice(0, 3).map((cell) => /^`(.+)`$/.exec(cell)?.[1] ?? null);
    const [query = null, difference = null, consequences = null] = patterns;
    if (difference === null || cells.length !== 5) return [];
    const known = {
      title: cells[4] ?? '',
      query: new RegExp(query ?? ''),
      difference: new RegExp(difference),
      consequences: consequences === null ? null : new RegExp(consequences),
    };
    return [known];
  });
}

/** A pipe inside a cell is escaped. */
function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return [];
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
  assert(cells.length > 2, 'a row of a table has cells', { line });
  return cells.slice(1, -1);
}

export interface Explained {
  /** What no row explains. */
  readonly unknown: readonly string[];
  /** The rows that explain something. */
  readonly used: readonly KnownDifference[];
}

export function explain(
  query: string,
  differences: readonly string[],
  known: readonly KnownDifference[],
): Explained {
  const used = known.filter(
    (row) => row.query.test(query) && differences.some((difference) => row.difference.test(difference)),
  );
  const unknown = differences.filter(
    (difference) =>
      !used.some((row) => row.difference.test(difference) || row.consequences?.test(difference) === true),
  );
  return { unknown, used };
}
