// HOT PATH: 10 ns a window, for the second series with its timestamps; no allocation.
/** Of every window the durations that extrapolation needs and that depend on timestamps alone. */
import { reachedSeconds } from './extrapolation.ts';
import type { StepWindows } from './step-windows.ts';

export class SampledSpans {
  /** From the first to the last sample. */
  readonly sampledSeconds: Float64Array;
  /** What is added before the first sample, unless the counter was zero later than that. */
  readonly startSeconds: Float64Array;
  /** What is added after the last sample. */
  readonly endSeconds: Float64Array;

  constructor(stepCount: number) {
    this.sampledSeconds = new Float64Array(stepCount);
    this.startSeconds = new Float64Array(stepCount);
    this.endSeconds = new Float64Array(stepCount);
  }

  /** Of windows with less than two samples nothing is found. */
  find(windows: StepWindows, timestampMs: Float64Array): void {
    const { low: lows, high: highs, rangeMs } = windows;
    for (let step = 0; step < highs.length; step++) {
      const low = lows[step]!;
      const high = highs[step]!;
      if (high - low < 2) continue;
      const firstMs = timestampMs[low]!;
      const lastMs = timestampMs[high - 1]!;
      const endMs = windows.endMs(step);
      const sampledSeconds = (lastMs - firstMs) / 1000;
      const averageSeconds = sampledSeconds / (high - low - 1);
      this.sampledSeconds[step] = sampledSeconds;
      this.startSeconds[step] = reachedSeconds((firstMs - (endMs - rangeMs)) / 1000, averageSeconds);
      this.endSeconds[step] = reachedSeconds((endMs - lastMs) / 1000, averageSeconds);
    }
  }
}
