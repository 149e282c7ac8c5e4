/** The OpenAPI document of everything that the server answers, made of the tables beside. */
import { assert } from '@promontory/base';
import { DATA_PATHS } from './data-paths.ts';
import type { AnswerKind, DocumentedMethod, DocumentedPath } from './operation.ts';
import { PARAMETER_GLOSSARY, type ParameterShape } from './parameter-glossary.ts';
import { OWN_PATHS, SERVER_PATHS } from './server-paths.ts';

export type OpenApiVersion = '3.1' | '3.2';
type Json = Readonly<Record<string, unknown>>;

export const DOCUMENTED_PATHS: readonly DocumentedPath[] = [...DATA_PATHS, ...SERVER_PATHS, ...OWN_PATHS];

const SCHEMAS: Readonly<Record<ParameterShape, Json>> = {
  text: { type: 'string' },
  texts: { type: 'array', items: { type: 'string' } },
  integer: { type: 'integer' },
  switch: { type: 'boolean' },
  time: {
    type: 'string',
    description: 'Seconds since 1970 with a fraction, or RFC 3339.',
    examples: ['1735689600.5'],
  },
  duration: {
    type: 'string',
    description: 'Seconds with a fraction, or units.',
    examples: ['15', '1h30m'],
  },
  'one of': { type: 'string' },
};
const FORM = 'application/x-www-form-urlencoded';
const SUCCESS = { $ref: '#/components/schemas/Success' };
const ERROR = { $ref: '#/components/schemas/Error' };

/** @param serverVersion of the server, not of OpenAPI */
export function openApiDocument(version: OpenApiVersion, serverVersion: string): Json {
  return {
    openapi: `${version}.0`,
    info: {
      title: 'Promontory',
      description: 'The HTTP API of Prometheus, and what this server adds to it.',
      version: serverVersion,
    },
    servers: [{ url: '/' }],
    security: [{ accessKey: [] }],
    paths: Object.fromEntries(DOCUMENTED_PATHS.map((each) => [each.path, pathItem(each, version)])),
    components: {
      securitySchemes: {
        accessKey: { type: 'http', scheme: 'basic', description: 'The id and secret of an access key.' },
      },
      schemas: { Success: successSchema(), Error: errorSchema() },
    },
  };
}

function pathItem(documented: DocumentedPath, version: OpenApiVersion): Json {
  return Object.fromEntries(
    documented.methods.map((method) => [method.toLowerCase(), operation(documented, method, version)]),
  );
}

function operation(documented: DocumentedPath, method: DocumentedMethod, version: OpenApiVersion): Json {
  const { tag, summary, parameters, answer, isPublic = false } = documented;
  const isForm = (method === 'POST' || method === 'PUT') && documented.body === undefined;
  const inUrl = parameters.filter((name) => !isForm || isInPath(documented, name));
  return {
    operationId: operationId(documented, method),
    summary,
    tags: [tag],
    ...(isPublic && { security: [] }),
    ...(inUrl.length > 0 && { parameters: inUrl.map((name) => parameter(documented, name)) }),
    ...requestBody(documented, isForm),
    responses: responses(answer, version),
  };
}

/** `/api/v1/status/config` → `status-config`; further methods of a path have theirs behind it. */
function operationId({ path, methods }: DocumentedPath, method: DocumentedMethod): string {
  const words = path.replace(/^\/api\/(?:v1\/)?/, '/').match(/[a-z0-9_.]+/gi) ?? ['page'];
  const suffix = method === methods[0] ? '' : `-${method.toLowerCase()}`;
  return `${words.join('-')}${suffix}`;
}

function isInPath({ path }: DocumentedPath, name: string): boolean {
  return path.includes(`{${name}}`);
}

function parameter(documented: DocumentedPath, name: string): Json {
  return {
    name,
    in: isInPath(documented, name) ? 'path' : 'query',
    description: glossaryEntry(name).meaning,
    required: documented.required?.includes(name) ?? false,
    schema: schemaOf(name),
  };
}

function requestBody({ parameters, required, body, path }: DocumentedPath, isForm: boolean): Json {
  if (body !== undefined) return { requestBody: { required: true, content: { [body]: {} } } };
  const inForm = parameters.filter((name) => !path.includes(`{${name}}`));
  if (!isForm || inForm.length === 0) return {};
  const properties = Object.fromEntries(
    inForm.map((name) => [name, { description: glossaryEntry(name).meaning, ...schemaOf(name) }]),
  );
  const schema = { type: 'object', properties, ...(required !== undefined && { required }) };
  return { requestBody: { required: required !== undefined, content: { [FORM]: { schema } } } };
}

function schemaOf(name: string): Json {
  const { shape, values } = glossaryEntry(name);
  return values === undefined ? SCHEMAS[shape] : { ...SCHEMAS[shape], enum: values };
}

function glossaryEntry(name: string): (typeof PARAMETER_GLOSSARY)[string] {
  const entry = PARAMETER_GLOSSARY[name];
  assert(entry !== undefined, 'every parameter is in the glossary', { name });
  return entry;
}

function responses(answer: AnswerKind, version: OpenApiVersion): Json {
  const failure = { description: 'Why not.', content: { 'application/json': { schema: ERROR } } };
  return { ...successes(answer, version), default: failure };
}

function successes(answer: AnswerKind, version: OpenApiVersion): Json {
  const done = { description: 'It was done.' };
  const json = content('application/json', SUCCESS);
  switch (answer) {
    case 'json':
      return { '200': json };
    case 'json-lines':
      return { '200': content('application/x-ndjson', { type: 'string' }) };
    case 'nothing':
      return { '204': done };
    case 'nothing-or-json':
      return { '200': json, '204': done };
    case 'text':
      return { '200': content('text/plain', { type: 'string' }) };
    case 'yaml':
      return { '200': content('application/yaml', { type: 'string' }) };
    case 'protobuf':
      return { '200': content('application/x-protobuf', {}) };
    case 'events': {
      // Only 3.2 knows bodies of many items.
      const media = version === '3.2' ? { itemSchema: { type: 'object' } } : { schema: { type: 'string' } };
      const events = { description: 'The events.', content: { 'text/event-stream': media } };
      return { '200': events, '204': { description: 'As many follow as may.' } };
    }
    default:
      return answer satisfies never;
  }
}

function content(mediaType: string, schema: Json): Json {
  return { description: 'The answer.', content: { [mediaType]: { schema } } };
}

function successSchema(): Json {
  const texts = { type: 'array', items: { type: 'string' } };
  return {
    type: 'object',
    required: ['status', 'data'],
    properties: { status: { const: 'success' }, data: {}, warnings: texts, infos: texts },
  };
}

function errorSchema(): Json {
  return {
    type: 'object',
    required: ['status', 'errorType', 'error'],
    properties: {
      status: { const: 'error' },
      errorType: { type: 'string' },
      error: { type: 'string' },
    },
  };
}
