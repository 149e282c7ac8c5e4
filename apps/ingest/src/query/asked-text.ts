/** What a request asks, as the ledger keeps it: short, and in memory of its own. */
import { type ApiRequest, type AskedQuery, readAskedQuery } from '@promontory/http-api';

const QUERY_CHARACTERS_MAX = 4000;
/** What a longer request asks is not looked at: reading it would keep the thread from others. */
const READ_BYTES_MAX = 64 * 1024;
const UNREAD: AskedQuery = { query: '', startMs: null, endMs: null, stepMs: null };

/** What a request asks, shortened, in text of its own: a part of a text would keep all of it. */
export function readAsked(request: ApiRequest): AskedQuery {
  if (parameterBytes(request) > READ_BYTES_MAX) return UNREAD;
  const asked = readAskedQuery(request);
  const isLong = asked.query.length > QUERY_CHARACTERS_MAX;
  const kept = Buffer.from(asked.query.slice(0, QUERY_CHARACTERS_MAX)).toString();
  return { ...asked, query: isLong ? `${kept}…` : kept };
}

/** Of all that parameters may stand in. */
function parameterBytes({ queryString, body }: ApiRequest): number {
  return queryString.length + body.length;
}
