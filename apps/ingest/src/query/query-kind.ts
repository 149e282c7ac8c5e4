/** What queries have in common that take about as long: everything but when, and about how long a range is asked for. */
import type { QueryRequest } from '../pools/query-pool.ts';

/** Others have no bound that is looked at while they run. */
const PATHS: ReadonlySet<string> = new Set(['/api/v1/query', '/api/v1/query_range']);
/** Longer requests have no kind. */
const CHARACTERS_MAX = 2000;
const TIMES = /(^|&)(start|end|time)=([^&]*)/g;

/** @returns null when nothing can be told from queries before this one */
export function kindOf({ method, path, queryString, body }: QueryRequest): string | null {
  if (!PATHS.has(path) || queryString.length + body.length > CHARACTERS_MAX) return null;
  const times = new Map<string, number>();
  const parameters = `${bodyText(body)}&${queryString}`.replace(
    TIMES,
    (_, before: string, name: string, value: string) => {
      // The first one counts, as where parameters are read.
      if (!times.has(name)) times.set(name, Number(value));
      return before;
    },
  );
  const spanS = (times.get('end') ?? 0) - (times.get('start') ?? 0);
  if (!Number.isFinite(spanS)) return null;
  return `${method} ${path} ${Math.ceil(Math.log2(1 + Math.max(0, spanS)))} ${parameters}`;
}

function bodyText(body: Uint8Array): string {
  return body.length === 0 ? '' : Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
}
