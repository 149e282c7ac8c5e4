import { errorCode, ManualClock } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { SampleRateLimit } from './sample-rate-limit.ts';

type Step = readonly [advanceMs: number, samples: number, passes: boolean];

const CASES: readonly [what: string, samplesPerSecondMax: number, steps: readonly Step[]][] = [
  [
    'takes a burst of a second, then refuses',
    1000,
    [
      [0, 600, true],
      [0, 400, true],
      [0, 1, false],
    ],
  ],
  [
    'fills with time',
    1000,
    [
      [0, 1000, true],
      [499, 500, false],
      [1, 500, true],
      [0, 1, false],
    ],
  ],
  [
    'holds no more than a second',
    1000,
    [
      [60_000, 1000, true],
      [0, 1, false],
    ],
  ],
  [
    'takes nothing for what it refuses',
    1000,
    [
      [0, 900, true],
      [0, 200, false],
      [0, 100, true],
    ],
  ],
  [
    'takes a batch above a second’s worth when it is full, and makes up for it',
    1000,
    [
      [0, 3000, true],
      [2000, 1, false],
      [1, 1, true],
      [999, 1000, false],
      [1, 1000, true],
    ],
  ],
  [
    'takes a large batch only when it is full',
    1000,
    [
      [0, 1, true],
      [0, 3000, false],
      [1, 3000, true],
    ],
  ],
  [
    'has no bound at 0',
    0,
    [
      [0, 1e9, true],
      [0, 1e9, true],
    ],
  ],
];

function codeOfTaking(limit: SampleRateLimit, samples: number): string | undefined {
  try {
    limit.mustHave(samples);
    limit.take(samples);
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

describe('the rate of samples', () => {
  it.each(CASES)('%s', (_what, samplesPerSecondMax, steps) => {
    const clock = new ManualClock(1e12);
    const limit = new SampleRateLimit(samplesPerSecondMax, clock);
    const outcomes = steps.map(([advanceMs, samples]) => {
      clock.advance(advanceMs);
      return codeOfTaking(limit, samples);
    });
    expect(outcomes).toEqual(steps.map(([, , passes]) => (passes ? undefined : 'ERR_SAMPLE_RATE')));
  });

  it('is not moved by the wall clock', () => {
    const clock = new ManualClock(1e12);
    const limit = new SampleRateLimit(10, clock);
    limit.mustHave(10);
    limit.take(10);
    clock.setWallClock(2e12);
    expect(codeOfTaking(limit, 1)).toBe('ERR_SAMPLE_RATE');
  });

  it('says limit, rate and option, and is worth a retry', () => {
    const clock = new ManualClock(1e12);
    const limit = new SampleRateLimit(1000, clock);
    limit.mustHave(900);
    limit.take(900);
    expect(() => limit.mustHave(600)).toThrow(
      expect.objectContaining({
        kind: 'overload',
        message: expect.stringMatching(
          /1500 a second are sent, limit 1000 \(samplesPerSecondMax\)/,
        ) as string,
        context: { scope: 'instance', samplesPerSecondMax: 1000, samplesPerSecond: 1500, retryAfterMs: 500 },
      }),
    );
  });
});
