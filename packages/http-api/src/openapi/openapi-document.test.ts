/** The document says what is served: its table is compared with the routers, and with docs/api.md. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DATA_ENDPOINTS } from '../data-api.ts';
import { SERVER_ENDPOINTS } from '../server-api.ts';
import { DOCUMENTED_PATHS, openApiDocument } from './openapi-document.ts';
import { SCOPE_PARAMETERS } from './operation.ts';
import { PARAMETER_GLOSSARY } from './parameter-glossary.ts';
import { OWN_PATHS } from './server-paths.ts';

/** Answered in front of the routers. */
const WRITE_PATHS = ['/api/v1/write', '/api/prom_write', '/api/v1/otlp/v1/metrics'];

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema?: { properties: object } }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

type Document = ReturnType<typeof openApiDocument> & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const document31 = openApiDocument('3.1', '1.2.3') as Document;

function endpointLines(): string[] {
  return [...DATA_ENDPOINTS, ...SERVER_ENDPOINTS].map(
    ({ path, methods }) => `${path.replace(':name', '{}')} ${methods.toSorted().join(' ')}`,
  );
}

describe('the table', () => {
  it('has the paths and methods that the routers have, and no others', () => {
    const own = new Set([...OWN_PATHS.map(({ path }) => path), ...WRITE_PATHS]);
    const documented = DOCUMENTED_PATHS.filter(({ path }) => !own.has(path)).map(
      ({ path, methods }) => `${path.replace(/\{\w+\}/, '{}')} ${methods.toSorted().join(' ')}`,
    );
    expect(documented.toSorted()).toEqual(endpointLines().toSorted());
  });

  it('has each path once, with parameters that are in the glossary', () => {
    const paths = DOCUMENTED_PATHS.map(({ path }) => path);
    expect(paths).toEqual([...new Set(paths)]);
    const used = new Set(DOCUMENTED_PATHS.flatMap(({ parameters }) => parameters));
    expect([...used].toSorted()).toEqual(Object.keys(PARAMETER_GLOSSARY).toSorted());
    for (const { required = [], parameters, path } of DOCUMENTED_PATHS)
      for (const name of [...required, ...[...path.matchAll(/\{(\w+)\}/g)].map(([, inPath]) => inPath)])
        expect(parameters).toContain(name);
  });
});

describe('docs/api.md', () => {
  const text = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
  const names = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| `/'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, paths = '', _prometheus = '', methods = '', parameters = '']) => ({
      paths: names(paths).map((path) => path.replaceAll('<', '{').replaceAll('>', '}')),
      methods: methods.split(', ').toSorted(),
      parameters: names(parameters),
    }));

  it('has a row for every path of the table', () => {
    const inRows = rows.flatMap(({ paths }) => paths);
    expect(inRows.toSorted()).toEqual(DOCUMENTED_PATHS.map(({ path }) => path).toSorted());
  });

  it.each(rows.map((row) => [row.paths.join(', '), row] as const))(
    '%s',
    (_, { paths, methods, parameters }) => {
      const documented = DOCUMENTED_PATHS.filter(({ path }) => paths.includes(path));
      for (const each of documented) expect(each.methods.toSorted()).toEqual(methods);
      const outside = new Set<string>([...SCOPE_PARAMETERS, 'name', 'id']);
      const all = new Set(documented.flatMap((each) => each.parameters).filter((name) => !outside.has(name)));
      expect([...all].toSorted()).toEqual(parameters.toSorted());
    },
  );
});

describe('the document', () => {
  it('says its version and asks for an access key', () => {
    expect(document31).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Promontory', version: '1.2.3' },
      security: [{ accessKey: [] }],
    });
    expect(document31.paths['/metrics']?.['get']).toMatchObject({ security: [] });
  });

  it('names each operation once', () => {
    const ids = Object.values(document31.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids).toEqual(expect.arrayContaining(['query', 'query-post', 'label-name-values', 'page']));
  });

  it('puts parameters where they are taken', () => {
    const { get, post } = document31.paths['/api/v1/query_range'] ?? {};
    expect(get?.parameters?.find(({ name }) => name === 'step')).toMatchObject({
      in: 'query',
      required: true,
    });
    expect(post?.parameters).toBeUndefined();
    const form = post?.requestBody?.content['application/x-www-form-urlencoded']?.schema;
    expect(Object.keys(form?.properties ?? {})).toContain('step');
    const values = document31.paths['/api/v1/label/{name}/values']?.['get'];
    expect(values?.parameters?.find(({ name }) => name === 'name')).toMatchObject({
      in: 'path',
      required: true,
    });
  });

  it('has items of events in 3.2 only', () => {
    const events = (document: Document): unknown =>
      document.paths['/api/v1/notifications/live']?.['get']?.responses['200'];
    const document32 = openApiDocument('3.2', '1.2.3') as Document;
    expect(document32).toMatchObject({ openapi: '3.2.0' });
    expect(JSON.stringify(events(document32))).toContain('itemSchema');
    expect(JSON.stringify(events(document31))).not.toContain('itemSchema');
  });
});
