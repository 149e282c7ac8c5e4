import type { HistogramSample } from '@promontory/model';

/** The timestamps of one series' histograms, beside each other as those of floats are. One object per consumer. */
export class HistogramTimes {
  timestampMs = new Float64Array(64);

  /** Replaces them; the array may be another one afterwards. */
  fill(histograms: readonly HistogramSample[]): void {
    if (this.timestampMs.length < histograms.length) {
      this.timestampMs = new Float64Array(histograms.length * 2);
    }
    for (let index = 0; index < histograms.length; index++) {
      this.timestampMs[index] = histograms[index]!.timestampMs;
    }
  }
}
