import { serialiseExpression, type SerialisedValue } from '@promontory/promql';
import { successResponse } from '../json/envelope.ts';
import type { JsonValue } from '../json/json-writer.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { parseQueryParameter } from './query-parameter.ts';

/** The syntax tree of a query. Recursive, as deep as the query may nest. */
export const parseQueryEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/parse_query',
  handle: (call) => {
    const tree = serialiseExpression(parseQueryParameter(call));
    return successResponse((writer) => writer.value(sorted(tree)));
  },
});

/** Members by name, as Prometheus writes them. */
function sorted(value: SerialisedValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(sorted);
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

function isList(value: object): value is readonly SerialisedValue[] {
  return Array.isArray(value);
}
