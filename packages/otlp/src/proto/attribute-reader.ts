/** Attributes and their values, which nest. */
import type { OtlpAttribute, OtlpValue } from '../request.ts';
import type { MessageSource } from './message-source.ts';

/** @param depth of arrays and maps around the attribute */
export function readAttribute(source: MessageSource, depth = 0): OtlpAttribute {
  const end = source.begin();
  let key = '';
  let value: OtlpValue = null;
  while (source.next(end)) {
    switch (source.field) {
      case 1:
        key = source.string();
        break;
      case 2:
        value = readValue(source, depth);
        break;
      default:
        source.skip();
    }
  }
  return { key, value };
}

function readValue(source: MessageSource, depth: number): OtlpValue {
  const end = source.begin();
  let value: OtlpValue = null;
  while (source.next(end)) {
    switch (source.field) {
      case 1:
        value = source.string();
        break;
      case 2:
        value = source.bool();
        break;
      case 3:
        value = source.int64();
        break;
      case 4:
        value = source.double();
        break;
      case 5:
        value = { kind: 'array', items: readItems(source, depth + 1, readValue) };
        break;
      case 6:
        value = { kind: 'map', entries: readItems(source, depth + 1, readAttribute) };
        break;
      case 7:
        value = source.bytes();
        break;
      default:
        source.skip();
    }
  }
  return value;
}

/** Of an array or a map: the messages of its field 1. */
function readItems<Item>(
  source: MessageSource,
  depth: number,
  readItem: (source: MessageSource, depth: number) => Item,
): Item[] {
  source.budget.checkValueDepth(depth);
  const end = source.begin();
  const items: Item[] = [];
  while (source.next(end)) {
    if (source.field === 1) items.push(readItem(source, depth));
    else source.skip();
  }
  return items;
}
