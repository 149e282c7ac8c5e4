import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type CpuProfile, profileLines, selfTimes } from './cpu-profile.ts';

const PROFILE: CpuProfile = {
  nodes: [
    { id: 1, callFrame: { functionName: '(idle)', url: '', lineNumber: -1 } },
    {
      id: 2,
      callFrame: { functionName: 'append', url: 'file:///x/packages/tsdb/src/a.ts', lineNumber: 9 },
    },
    {
      id: 3,
      callFrame: { functionName: 'append', url: 'file:///x/packages/tsdb/src/a.ts', lineNumber: 9 },
    },
  ],
  samples: [2, 1, 3, 2],
  timeDeltas: [1000, 4000, 2000, 3000],
};

it('adds up the time of a function over all places that it is called from', () => {
  expect(selfTimes(PROFILE)).toEqual([
    { name: 'append packages/tsdb/src/a.ts:10', selfMs: 6 },
    { name: '(idle)', selfMs: 4 },
  ]);
});

it('has a paragraph for each thread', () => {
  const folder = mkdtempSync(join(tmpdir(), 'profiles-'));
  try {
    writeFileSync(join(folder, 'CPU.20260101.120000.77.2.003.cpuprofile'), JSON.stringify(PROFILE));
    writeFileSync(join(folder, 'other.txt'), '');
    expect(profileLines(folder)).toEqual([
      'process 77, thread 2: 10 ms',
      '   60.0 %       6 ms  append packages/tsdb/src/a.ts:10',
      '   40.0 %       4 ms  (idle)',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
