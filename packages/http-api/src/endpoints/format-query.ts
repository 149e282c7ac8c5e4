import { formatExpression } from '@promontory/promql';
import { successResponse } from '../json/envelope.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { parseQueryParameter } from './query-parameter.ts';

/** A query as it is best read. */
export const formatQueryEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/format_query',
  handle: (call) => {
    const formatted = formatExpression(parseQueryParameter(call));
    return successResponse((writer) => writer.text(formatted));
  },
});
