import { describe, expect, it } from 'vitest';
import { encodeErrorStatus, encodeExportResponse, otlpEncodingOf, partialSuccessOf } from './answer.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('otlpEncodingOf', () => {
  it.each([
    ['application/x-protobuf', 'protobuf'],
    ['Application/X-Protobuf; charset=utf-8', 'protobuf'],
    ['application/json;charset=utf-8', 'json'],
    ['application/json2', null],
    ['text/plain', null],
    ['', null],
    [undefined, null],
  ])('of %j is %j', (contentType, encoding) => {
    expect(otlpEncodingOf(contentType)).toBe(encoding);
  });
});

describe('responses', () => {
  it('are empty messages on full success', () => {
    expect(hex(encodeExportResponse('protobuf', null))).toBe('');
    expect(text(encodeExportResponse('json', null))).toBe('{}');
  });

  it('say what was refused', () => {
    const partial = { rejectedDataPoints: 300, errorMessage: 'ab' };
    // Field 1, six bytes: field 1 varint 300, field 2 "ab".
    expect(hex(encodeExportResponse('protobuf', partial))).toBe('0a0708ac0212026162');
    expect(text(encodeExportResponse('json', partial))).toBe(
      '{"partialSuccess":{"rejectedDataPoints":"300","errorMessage":"ab"}}',
    );
  });
});

describe('partialSuccessOf', () => {
  it('is null when nothing was refused', () => {
    expect(partialSuccessOf([])).toBeNull();
  });

  it('adds up counts and joins reasons, up to a length', () => {
    const rejections = [
      { code: 'ERR_A', count: 2, example: 'x' },
      { code: 'ERR_B', count: 3, example: '𝄞'.repeat(2000) },
    ];
    const partial = partialSuccessOf(rejections);
    expect(partial?.rejectedDataPoints).toBe(5);
    expect(partial?.errorMessage).toMatch(/^2 refused, ERR_A \(x\); 3 refused, ERR_B \(𝄞+.?…$/u);
    expect(partial?.errorMessage.length).toBeLessThanOrEqual(2001);
    expect(partial?.errorMessage.isWellFormed()).toBe(true);
  });
});

describe('errors', () => {
  it('are a Status', () => {
    // Field 1 varint 3, field 2 "no".
    expect(hex(encodeErrorStatus('protobuf', 'bad-data', 'no'))).toBe('080312026e6f');
    expect(text(encodeErrorStatus('json', 'unavailable', 'no'))).toBe('{"code":14,"message":"no"}');
    expect(text(encodeErrorStatus('json', 'overload', 'no'))).toBe('{"code":8,"message":"no"}');
  });
});
