/** Attributes and their values, which nest. */
import type { DecodeBudget } from '../decode-limits.ts';
import type { OtlpAttribute, OtlpValue } from '../request.ts';
import {
  asObject,
  booleanMember,
  doubleMember,
  hasMember,
  type JsonObject,
  listMember,
  objectMember,
  objectsMember,
  signed64Member,
  textMember,
} from './json-members.ts';
import { invalidJson } from './json-text.ts';

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** @param depth of arrays and maps around the attributes */
export function attributesMember(
  object: JsonObject,
  name: string,
  budget: DecodeBudget,
  depth = 0,
): OtlpAttribute[] {
  return objectsMember(object, name, (element) => ({
    key: textMember(element, 'key'),
    value: hasMember(element, 'value')
      ? valueOf(asObject(element['value'], 'the value of an attribute'), budget, depth)
      : null,
  }));
}

function valueOf(value: JsonObject, budget: DecodeBudget, depth: number): OtlpValue {
  if (hasMember(value, 'stringValue')) return textMember(value, 'stringValue');
  if (hasMember(value, 'boolValue')) return booleanMember(value, 'boolValue');
  if (hasMember(value, 'intValue')) return signed64Member(value, 'intValue');
  if (hasMember(value, 'doubleValue')) return doubleMember(value, 'doubleValue');
  if (hasMember(value, 'bytesValue')) return bytesOf(textMember(value, 'bytesValue'));
  if (hasMember(value, 'arrayValue')) {
    budget.checkValueDepth(depth + 1);
    const elements = listMember(objectMember(value, 'arrayValue'), 'values');
    const items = elements.map((element) =>
      element === null ? null : valueOf(asObject(element, 'an element of values'), budget, depth + 1),
    );
    return { kind: 'array', items };
  }
  if (!hasMember(value, 'kvlistValue')) return null;
  budget.checkValueDepth(depth + 1);
  const list = objectMember(value, 'kvlistValue');
  return { kind: 'map', entries: attributesMember(list, 'values', budget, depth + 1) };
}

function bytesOf(base64: string): Uint8Array {
  if (!BASE64.test(base64)) throw invalidJson('bytesValue is not base64');
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}
