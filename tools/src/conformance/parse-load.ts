/** `load 1m` and `load_with_nhcb 1m` with their series. */
import { unreachable } from '@promontory/base';
import { validateHistogram, type Labels } from '@promontory/model';
import { parseDurationMs, STALE } from '@promontory/promql';
import { customBucketSeries } from './custom-bucket-series.ts';
import { atLine, scriptError } from './script-error.ts';
import type { LoadCommand, LoadedSample, LoadedSeries, SequenceItem } from './script.ts';
import type { ScriptBlock } from './script-block.ts';
import { parseSeriesDescription } from './series-notation.ts';
import {
  parseStartTimestampLine,
  type StartOffsetMs,
  type StartTimestampLine,
} from './start-timestamp-notation.ts';

const LOAD = /^load(?:_(with_nhcb))?\s+(\S+)$/;

/** A line of start timestamps that waits for the line of its series. */
interface PendingStarts {
  readonly line: number;
  readonly labels: Labels;
  readonly offsetsMs: readonly StartOffsetMs[];
}

/** @throws PromontoryError ERR_CONFORMANCE_SCRIPT with the line in its context */
export function parseLoad(block: ScriptBlock): LoadCommand {
  const { line, text } = block;
  const { stepMs, isConverted } = atLine(line, () => parseHead(text));
  const reader = new LoadReader(stepMs);
  for (const { line: bodyLine, text: bodyText } of block.body) reader.read(bodyLine, bodyText);
  const series = reader.finish();
  const converted = isConverted ? atLine(line, () => customBucketSeries(series).map(checkStorable)) : [];
  return { kind: 'load', line, series: [...series, ...converted] };
}

function parseHead(text: string): { stepMs: number; isConverted: boolean } {
  const parts = LOAD.exec(text);
  if (parts === null) throw scriptError(`expected load <step> or load_with_nhcb <step>, got ${text}`);
  return { stepMs: parseDurationMs(parts[2] ?? ''), isConverted: parts[1] !== undefined };
}

/** Reads the lines of one load one after the other. */
class LoadReader {
  readonly #stepMs: number;
  /** Of a series given twice the last definition counts. */
  readonly #series = new Map<string, LoadedSeries>();
  #pending: PendingStarts | null = null;
  /** Start timestamps of series that have none of their own, over and over. */
  #defaultOffsetsMs: readonly StartOffsetMs[] = [];

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  read(line: number, text: string): void {
    const starts = atLine(line, () => parseStartTimestampLine(text));
    if (starts === null) atLine(line, () => this.#readSeries(text));
    else this.#readStarts(line, starts);
  }

  finish(): LoadedSeries[] {
    this.#refusePending();
    return [...this.#series.values()];
  }

  #readStarts(line: number, { labels, offsetsMs }: StartTimestampLine): void {
    this.#refusePending();
    if (labels === null) this.#defaultOffsetsMs = offsetsMs;
    else this.#pending = { line, labels, offsetsMs };
  }

  #readSeries(text: string): void {
    const { labels, items } = parseSeriesDescription(text);
    const offsetsMs = this.#takeStarts(labels, items.length);
    const samples = items.flatMap((item, index) =>
      sampleOf(item, index * this.#stepMs, offsetsMs[index % offsetsMs.length] ?? null),
    );
    this.#series.set(labels.key, checkStorable({ labels, samples }));
  }

  #takeStarts(labels: Labels, itemCount: number): readonly StartOffsetMs[] {
    const pending = this.#pending;
    if (pending === null) return this.#defaultOffsetsMs;
    if (!pending.labels.equals(labels)) this.#refusePending();
    this.#pending = null;
    const { length } = pending.offsetsMs;
    if (length === itemCount) return pending.offsetsMs;
    throw scriptError(`${labels.toString()} has ${itemCount} samples and ${length} start timestamps`);
  }

  #refusePending(): void {
    const pending = this.#pending;
    if (pending === null) return;
    atLine(pending.line, () => {
      throw scriptError(
        `the start timestamps of ${pending.labels.toString()} stand above no line of that series`,
      );
    });
  }
}

function sampleOf(item: SequenceItem, timestampMs: number, offsetMs: StartOffsetMs): LoadedSample[] {
  // A start timestamp of 0 means, in Prometheus, that it is not known.
  const startMs = offsetMs === null ? 0 : timestampMs + offsetMs;
  const startTimestampMs = startMs === 0 ? undefined : startMs;
  switch (item.kind) {
    case 'omitted':
      return [];
    case 'stale':
      return [{ timestampMs, value: STALE, startTimestampMs }];
    case 'value':
      return [{ timestampMs, value: item.value, startTimestampMs }];
    case 'histogram':
      return [{ timestampMs, value: item.histogram, startTimestampMs }];
    default:
      return unreachable(item);
  }
}

/** @throws PromontoryError ERR_CONFORMANCE_SCRIPT for histograms that no store takes */
function checkStorable(series: LoadedSeries): LoadedSeries {
  for (const { value } of series.samples) {
    const fault = typeof value === 'object' ? validateHistogram(value) : null;
    if (fault !== null) throw scriptError(`a histogram of ${series.labels.toString()} ${fault.text}`);
  }
  return series;
}
