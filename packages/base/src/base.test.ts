import { describe, expect, it } from 'vitest';
import {
  assert,
  errorCode,
  freeMemory,
  InvariantError,
  LruMap,
  ManualClock,
  PromontoryError,
  SeededRandom,
} from './index.ts';

describe('PromontoryError', () => {
  it('carries code, kind, context and cause', () => {
    const cause = new Error('disk');
    const error = new PromontoryError('cannot write block: disk; got 0, want 1', {
      code: 'ERR_TEST',
      kind: 'unavailable',
      context: { bytes: 7 },
      cause,
    });
    expect(error).toMatchObject({ code: 'ERR_TEST', kind: 'unavailable', context: { bytes: 7 }, cause });
    expect(errorCode(error)).toBe('ERR_TEST');
    expect(errorCode(7)).toBeUndefined();
  });
});

describe('assert', () => {
  it('throws InvariantError with its context, and only when the condition fails', () => {
    expect(() => assert(true, 'fine')).not.toThrow();
    expect(() => assert(false, 'broken', { ref: 3 })).toThrow(InvariantError);
  });
});

describe('ManualClock', () => {
  it('moves wall time alone when set, both when advanced', () => {
    const clock = new ManualClock(1_000);
    clock.advance(50);
    clock.setWallClock(10);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([10, 50]);
  });
});

describe('SeededRandom', () => {
  it('repeats for a seed, differs between seeds, stays in range', () => {
    const draw = (seed: number): number[] => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 200 }, () => random.nextInt(10));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(new Set(draw(3))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });
});

describe('freeMemory', () => {
  it('takes the memory of a buffer that owns it', () => {
    const bytes = Buffer.allocUnsafeSlow(100_000);
    const view = new DataView(bytes.buffer);
    freeMemory(bytes);
    expect([bytes.length, view.buffer.byteLength]).toEqual([0, 0]);
  });

  it('leaves a part of a buffer, and memory that is shared', () => {
    const part = Buffer.from('abc');
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    freeMemory(part);
    freeMemory(shared);
    expect([part.toString(), shared.length]).toEqual(['abc', 8]);
  });
});

describe('LruMap', () => {
  it('makes room by what was not used for longest', () => {
    const map = new LruMap<string, string>(2);
    const made: string[] = [];
    const get = (key: string): string =>
      map.getOrMake(key, (text) => {
        made.push(text);
        return text.toUpperCase();
      });
    expect(['a', 'b', 'a', 'c', 'a', 'b'].map(get)).toEqual(['A', 'B', 'A', 'C', 'A', 'B']);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
    expect(map.size).toBe(2);
  });

  it('a value that is set again is the newest, and takes no room twice', () => {
    const map = new LruMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.set('c', 4);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4]);
  });

  it('keeps nothing where nothing fits, and nothing that could not be made', () => {
    const none = new LruMap<string, number>(0);
    none.set('a', 1);
    expect(none.size).toBe(0);
    const map = new LruMap<string, number>(1);
    const fail = (): number => {
      throw new Error('not today');
    };
    expect(() => map.getOrMake('a', fail)).toThrow('not today');
    expect(map.size).toBe(0);
  });
});
