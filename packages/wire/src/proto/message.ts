/** Bytes ↔ raw messages: the objects that protobufjs makes, before our own types are read from them. */
import { errorMessage, PromontoryError } from '@promontory/base';
import { ERR_PROTOBUF_INVALID } from '../error-codes.ts';
import { type MessageName, messageType } from './schema.ts';

/** A 64-bit integer as protobufjs gives it: two signed 32-bit words. */
export interface Words {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

export type RawInteger = number | Words;

/** A decoded message or one to encode: absent scalars are undefined, repeated fields are always arrays. */
export type RawMessage = Readonly<Record<string, unknown>>;

export function encodeMessage(name: MessageName, message: RawMessage): Uint8Array {
  return messageType(name).encode(message).finish();
}

/** @throws PromontoryError ERR_PROTOBUF_INVALID */
export function decodeMessage(name: MessageName, bytes: Uint8Array): RawMessage {
  const type = messageType(name);
  try {
    return type.toObject(type.decode(bytes), { arrays: true });
  } catch (cause) {
    throw invalidMessage(name, errorMessage(cause), cause);
  }
}

export function invalidMessage(name: string, why: string, cause?: unknown): PromontoryError {
  return new PromontoryError(`cannot decode ${name}: ${why}`, {
    code: ERR_PROTOBUF_INVALID,
    kind: 'bad-data',
    cause,
  });
}

/** Exact to 2^53 on either side of zero, rounded beyond. */
export function toNumber(value: RawInteger | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  return (value.unsigned ? value.high >>> 0 : value.high) * 4294967296 + (value.low >>> 0);
}

export function toNumbers(values: readonly RawInteger[]): number[] {
  return values.map(toNumber);
}
