/** What a request asks, as the ledger keeps it: short, and in memory of its own. */
import { type ApiRequest, type AskedQuery, readAskedQuery } from '@promontory/http-api';

const QUERY_CHARACTERS_MAX = 4000;

/** What a request asks, shortened, in text of its own: a part of a text would keep all of it. */
export function readAsked(request: ApiRequest): AskedQuery {
  const asked = readAskedQuery(request);
  const isLong = asked.query.length > QUERY_CHARACTERS_MAX;
  const kept = Buffer.from(asked.query.slice(0, QUERY_CHARACTERS_MAX)).toString();
  return { ...asked, query: isLong ? `${kept}…` : kept };
}
