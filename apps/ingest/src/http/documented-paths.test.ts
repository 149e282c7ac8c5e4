/** What is answered outside of the endpoints is documented, too; packages/http-api compares those. */
import { dataMethodsAllowed, DOCUMENTED_PATHS } from '@promontory/http-api';
import { expect, it } from 'vitest';
import { OWN_HANDLERS } from './own-route.ts';
import { OTLP_PATH, WRITE_PATHS } from './routes.ts';

it('every path in front of the endpoints is in the OpenAPI document, and no other', () => {
  const served = [...WRITE_PATHS, OTLP_PATH, ...OWN_HANDLERS.keys()];
  const documented = DOCUMENTED_PATHS.filter(({ body, tag, path }) => {
    const isWrite = body !== undefined && dataMethodsAllowed(path) === '';
    return tag === 'server' || isWrite;
  });
  expect(documented.map(({ path }) => path).toSorted()).toEqual(served.toSorted());
});
