/**
 * Members of OTLP/JSON objects by their types, as the JSON form of protobuf has them: what is absent or null is
 * the default, 64-bit integers are texts or numbers, doubles may be texts. Everything throws
 * ERR_OTLP_JSON_INVALID when a member is of another type.
 */
import { invalidJson } from './json-text.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const UNSIGNED_64_MAX = 2n ** 64n - 1n;
const SIGNED_64_MAX = 2n ** 63n - 1n;
const SIGNED_32_MAX = 2n ** 31n - 1n;
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const SPECIAL_DOUBLES: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** @param what for the message of the error */
export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw invalidJson(`${what} is not an object`);
}

/** Whether the object itself has a member that is not null. */
export function hasMember(object: JsonObject, name: string): boolean {
  return Object.hasOwn(object, name) && object[name] !== null;
}

export function objectMember(object: JsonObject, name: string): JsonObject {
  return hasMember(object, name) ? asObject(object[name], name) : {};
}

/** @returns what `read` makes of each element, which are objects all */
export function objectsMember<Item>(
  object: JsonObject,
  name: string,
  read: (element: JsonObject) => Item,
): Item[] {
  return listMember(object, name).map((element) => read(asObject(element, `an element of ${name}`)));
}

export function listMember(object: JsonObject, name: string): readonly unknown[] {
  if (!hasMember(object, name)) return [];
  const value = object[name];
  if (!Array.isArray(value)) throw invalidJson(`${name} is not an array`);
  return value;
}

export function textMember(object: JsonObject, name: string): string {
  if (!hasMember(object, name)) return '';
  const value = object[name];
  if (typeof value !== 'string') throw invalidJson(`${name} is not a string`);
  if (!value.isWellFormed()) throw invalidJson(`${name} holds half of a surrogate pair`);
  return value;
}

export function booleanMember(object: JsonObject, name: string): boolean {
  if (!hasMember(object, name)) return false;
  const value = object[name];
  if (typeof value !== 'boolean') throw invalidJson(`${name} is not true or false`);
  return value;
}

export function unsigned64Member(object: JsonObject, name: string): bigint {
  return hasMember(object, name) ? asInteger(object[name], name, 0n, UNSIGNED_64_MAX) : 0n;
}

export function signed64Member(object: JsonObject, name: string): bigint {
  return hasMember(object, name) ? asInteger(object[name], name, -SIGNED_64_MAX - 1n, SIGNED_64_MAX) : 0n;
}

export function signed32Member(object: JsonObject, name: string): number {
  return hasMember(object, name)
    ? Number(asInteger(object[name], name, -SIGNED_32_MAX - 1n, SIGNED_32_MAX))
    : 0;
}

/** Rounded beyond 2^53. */
export function unsigned64sMember(object: JsonObject, name: string): number[] {
  return listMember(object, name).map((value) => Number(asInteger(value, name, 0n, UNSIGNED_64_MAX)));
}

export function doubleMember(object: JsonObject, name: string): number {
  return hasMember(object, name) ? asDouble(object[name], name) : 0;
}

export function doublesMember(object: JsonObject, name: string): number[] {
  return listMember(object, name).map((value) => asDouble(value, name));
}

function asInteger(value: unknown, name: string, least: bigint, most: bigint): bigint {
  const integer = toInteger(value);
  if (integer === null) throw invalidJson(`${name} is not a whole number`);
  if (integer < least || integer > most) throw invalidJson(`${name} is out of the range of its type`);
  return integer;
}

function toInteger(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : null;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : null;
}

function asDouble(value: unknown, name: string): number {
  const special = typeof value === 'string' ? SPECIAL_DOUBLES.get(value) : undefined;
  if (special !== undefined) return special;
  const number = toDouble(value);
  if (number === null || !Number.isFinite(number)) throw invalidJson(`${name} is not a number`);
  return number;
}

function toDouble(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && DECIMAL.test(value) ? Number(value) : null;
}
