/** What a request asks for, for lists and logs of queries: read from its parameters, whatever they are. */
import type { ApiRequest } from '../api-request.ts';
import { readAskedRead } from '../read/asked-read.ts';
import { REMOTE_READ_PATHS } from '../read/read-paths.ts';
import { parseDuration } from './duration-parameter.ts';
import { RequestParameters } from './request-parameters.ts';
import { parseTimeMs } from './time-parameter.ts';

export interface AskedQuery {
  /** The expression, or the selectors; '' when there is none. */
  readonly query: string;
  /** null when the request does not say. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly stepMs: number | null;
}

const NOTHING: AskedQuery = { query: '', startMs: null, endMs: null, stepMs: null };
/** What a longer request asks is not looked at: reading it would keep the thread from others. */
const READ_BYTES_MAX = 64 * 1024;

/** Never throws: what is wrong with a request its endpoint says. Of one of more than 64 KiB it tells nothing. */
export function readAskedQuery(request: ApiRequest): AskedQuery {
  if (isLong(request)) return NOTHING;
  try {
    return REMOTE_READ_PATHS.has(request.path) ? readAskedRead(request) : readParameters(request);
  } catch {
    return NOTHING;
  }
}

/** How long a client waits for its answer, as its `timeout` says; at most `fallbackMs`. Never throws. */
export function readPatienceMs(request: ApiRequest, fallbackMs: number): number {
  if (isLong(request) || REMOTE_READ_PATHS.has(request.path)) return fallbackMs;
  try {
    const parsed = parseDuration(RequestParameters.read(request).get('timeout'));
    return 'problem' in parsed || parsed.durationMs <= 0
      ? fallbackMs
      : Math.min(parsed.durationMs, fallbackMs);
  } catch {
    return fallbackMs;
  }
}

function isLong({ queryString, body }: ApiRequest): boolean {
  return queryString.length + body.length > READ_BYTES_MAX;
}

function readParameters(request: ApiRequest): AskedQuery {
  const parameters = RequestParameters.read(request);
  const timeOf = (name: string): number | null => parseTimeMs(parameters.get(name));
  const step = parseDuration(parameters.get('step'));
  const atMs = timeOf('time');
  return {
    query: parameters.get('query') || parameters.getAll('match[]').join(' '),
    startMs: timeOf('start') ?? atMs,
    endMs: timeOf('end') ?? atMs,
    stepMs: 'problem' in step ? null : step.durationMs,
  };
}
