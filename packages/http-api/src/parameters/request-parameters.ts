/**
 * The parameters of a request, wherever they stand: the query string, a form body, or a JSON body.
 *
 * A name may have several values. The body's come before the query string's, so that its first one wins
 * where one value is wanted, as in Go's net/http. A form is read from a POST or PUT only; a JSON object, the way
 * of Managed Service for Prometheus, from a GET too.
 */
import { errorMessage, PromontoryError } from '@promontory/base';
import { RegexBudget } from '@promontory/model';
import type { ApiRequest } from '../api-request.ts';
import { ERR_REQUEST_BODY_INVALID, ERR_REQUEST_PARAMETERS_MAX } from '../error-codes.ts';

const FORM_TYPE = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const FORM_METHODS: ReadonlySet<string> = new Set(['POST', 'PUT']);
/** As in Go's net/url. */
const PARAMETERS_MAX = 10_000;
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2}).{0,2}/su;

export class RequestParameters {
  /** Of the selectors and regexes in them. */
  readonly regexes: RegexBudget;
  readonly #values = new Map<string, string[]>();

  private constructor(entries: Iterable<readonly [name: string, value: string]>, regexes: RegexBudget) {
    this.regexes = regexes;
    let count = 0;
    for (const [name, value] of entries) {
      requireFew(++count);
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [value]);
      else values.push(value);
    }
  }

  /** @throws PromontoryError ERR_REQUEST_BODY_INVALID, ERR_REQUEST_PARAMETERS_MAX */
  static read(request: ApiRequest, regexes = new RegexBudget()): RequestParameters {
    return new RequestParameters([...bodyEntries(request), ...formEntries(request.queryString)], regexes);
  }

  /** For a body that is something else. @throws as `read` */
  static readQueryString({ queryString }: ApiRequest): RequestParameters {
    return new RequestParameters(formEntries(queryString), new RegexBudget());
  }

  /** @returns the first value, '' when there is none */
  get(name: string): string {
    return this.#values.get(name)?.[0] ?? '';
  }

  getAll(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

function bodyEntries(request: ApiRequest): Iterable<readonly [string, string]> {
  if (request.body.length === 0) return [];
  const type = mediaType(request.headers.get('content-type'));
  if (type === JSON_TYPE) return jsonEntries(decodeUtf8(request.body));
  if (!FORM_METHODS.has(request.method)) return [];
  if (type === FORM_TYPE) return formEntries(decodeUtf8(request.body));
  throw badBody(`cannot read a body of type "${type}": want ${FORM_TYPE} or ${JSON_TYPE}`);
}

function formEntries(text: string): Iterable<readonly [string, string]> {
  const badEscape = BAD_ESCAPE.exec(text);
  requireFew(countOf('&', text) + 1);
  if (badEscape !== null) throw badBody(`error parsing form values: invalid URL escape "${badEscape[0]}"`);
  return new URLSearchParams(text);
}

function* jsonEntries(text: string): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(parseJsonObject(text))) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (item === null) continue;
      if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean') {
        throw badBody(
          `cannot read "${name}" of the JSON body: want a string, a number, a boolean or a list of those`,
        );
      }
      yield [name, String(item)];
    }
  }
}

function parseJsonObject(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw badBody(`cannot read the JSON body: ${errorMessage(cause)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw badBody('cannot read the JSON body: want an object of parameters');
  }
  return parsed;
}

/** Each becomes a string or two: in a body of a megabyte there may be half a million. */
function requireFew(count: number): void {
  if (count <= PARAMETERS_MAX) return;
  throw new PromontoryError(
    `cannot read the parameters of the request: there are more than ${PARAMETERS_MAX}, the limit`,
    { code: ERR_REQUEST_PARAMETERS_MAX, kind: 'bad-data', context: { parametersMax: PARAMETERS_MAX } },
  );
}

function countOf(character: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return count;
}

function mediaType(contentType: string | undefined): string {
  const [type = ''] = (contentType ?? '').split(';', 1);
  return type.trim().toLowerCase();
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function badBody(message: string): PromontoryError {
  return new PromontoryError(message, { code: ERR_REQUEST_BODY_INVALID, kind: 'bad-data' });
}
