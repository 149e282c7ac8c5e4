/**
 * Samples of one stream of any kind on their way from chunks to chunks: timestamps and values as columns, and
 * for histograms the histograms beside the timestamps, in place of values.
 */
import { type NativeHistogram, SampleColumns } from '@promontory/model';
import { HISTOGRAMS, type StreamKind } from './stream-kind.ts';

export class SampleRun {
  readonly columns = new SampleColumns();
  /** As many as `columns.count` when the run is of histograms, else none. */
  readonly histograms: NativeHistogram[] = [];

  get count(): number {
    return this.columns.count;
  }

  clear(): void {
    this.columns.clear();
    this.histograms.length = 0;
  }

  /** Appends samples [start, end) of another run. */
  append(source: SampleRun, kind: StreamKind, start: number, end: number): void {
    const { columns } = this;
    const at = columns.count;
    columns.reserve(at + end - start);
    columns.timestampMs.set(source.columns.timestampMs.subarray(start, end), at);
    if (kind === HISTOGRAMS) {
      for (let index = start; index < end; index++) this.histograms.push(source.histograms[index]!);
    } else {
      columns.value.set(source.columns.value.subarray(start, end), at);
    }
    columns.count = at + end - start;
  }

  /** Appends timestamps and histograms of the same number. */
  appendHistograms(timestampMs: Float64Array, histograms: readonly NativeHistogram[]): void {
    const { columns } = this;
    columns.reserve(columns.count + histograms.length);
    columns.timestampMs.set(timestampMs.subarray(0, histograms.length), columns.count);
    columns.count += histograms.length;
    this.histograms.push(...histograms);
  }

  /** Removes the first samples. */
  dropFirst(count: number): void {
    const { columns } = this;
    columns.timestampMs.copyWithin(0, count, columns.count);
    columns.value.copyWithin(0, count, columns.count);
    columns.count -= count;
    this.histograms.splice(0, count);
  }

  /** @returns the first index in [start, count) whose timestamp is at or after `timestampMs`, else count */
  firstIndexFrom(timestampMs: number, start: number): number {
    let low = start;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.columns.timestampMs[middle]! < timestampMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
