import { describe, expect, it } from 'vitest';
import { cpuTicksIn, memoryIn, ProcessStats } from './process-stats.ts';

describe('cpuTicksIn', () => {
  it('adds user and system time, own and of ended children, whatever the name holds', () => {
    const fields = ['S', ...Array.from({ length: 10 }, () => '7'), '100', '20', '3', '4', '99'];
    expect(cpuTicksIn(`12 (a (b) c) ${fields.join(' ')}`)).toBe(127);
  });
});

describe('memoryIn', () => {
  it('reads the resident sizes in bytes and takes what is absent as none', () => {
    const status = 'Name:\tx\nVmHWM:\t  300 kB\nRssAnon:\t  100 kB\nRssFile:\t   20 kB\n';
    expect(memoryIn(status)).toEqual({
      residentPeakBytes: 307_200,
      anonymousBytes: 102_400,
      fileBytes: 20_480,
      sharedBytes: 0,
    });
  });
});

describe('ProcessStats', () => {
  it('sees this very process work', () => {
    const stats = new ProcessStats(process.pid);
    const startMs = stats.cpuMs();
    const endMs = performance.now() + 150;
    while (performance.now() < endMs);
    expect(stats.cpuMs() - startMs).toBeGreaterThan(50);
    expect(stats.memory().residentPeakBytes).toBeGreaterThan(10 << 20);
  });

  it('forgets a peak', () => {
    const stats = new ProcessStats(process.pid);
    const lent = new Uint8Array(100 << 20).fill(1);
    const peakBytes = stats.memory().residentPeakBytes;
    lent.buffer.transfer(0);
    expect(stats.memory().residentPeakBytes).toBeGreaterThan(peakBytes - (10 << 20));
    stats.forgetResidentPeak();
    expect(stats.memory().residentPeakBytes).toBeLessThan(peakBytes - (50 << 20));
  });
});
