/** Scrapes programs in step and keeps what they answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PromontoryError, systemClock } from '@promontory/base';
import { ERR_BENCH_RECORDING } from '../error-codes.ts';
import { readExposition, readLabels } from './exposition-text.ts';
import type { Recording } from './recording.ts';

const HEADERS = { Accept: 'text/plain;version=0.0.4' };

export interface ScrapeTarget {
  readonly job: string;
  readonly url: string;
}

export interface ScrapeOptions {
  readonly scrapeCount: number;
  readonly intervalMs: number;
}

/** @throws PromontoryError ERR_BENCH_RECORDING when a scrape fails: a recording has no holes */
export async function recordScrapes(
  targets: readonly ScrapeTarget[],
  { scrapeCount, intervalMs }: ScrapeOptions,
): Promise<Recording> {
  const recorders = targets.map((target) => ({ target, recorder: new TargetRecorder(target, scrapeCount) }));
  const startMs = systemClock.monotonicMs();
  for (let scrape = 0; scrape < scrapeCount; scrape++) {
    await sleep(Math.max(0, startMs + scrape * intervalMs - systemClock.monotonicMs()));
    const texts = await Promise.all(recorders.map(({ target }) => scrapeText(target)));
    for (const [index, text] of texts.entries()) recorders[index]?.recorder.add(scrape, text);
  }
  return { scrapeCount, series: recorders.flatMap(({ recorder }) => recorder.series()) };
}

class TargetRecorder {
  readonly #target: ScrapeTarget;
  readonly #scrapeCount: number;
  /** By series as it is written: one value a scrape. */
  readonly #values = new Map<string, string[]>();

  constructor(target: ScrapeTarget, scrapeCount: number) {
    this.#target = target;
    this.#scrapeCount = scrapeCount;
  }

  add(scrape: number, text: string): void {
    for (const [series, value] of readExposition(text)) {
      let values = this.#values.get(series);
      if (values === undefined) {
        values = Array.from({ length: this.#scrapeCount }, () => '');
        this.#values.set(series, values);
      }
      values[scrape] = value;
    }
  }

  series(): Recording['series'] {
    const { job, url } = this.#target;
    const instance = new URL(url).host;
    return [...this.#values].map(([series, values]) => ({
      labels: { ...readLabels(series), job, instance },
      values,
    }));
  }
}

async function scrapeText({ url }: ScrapeTarget): Promise<string> {
  const response = await fetch(url, { headers: HEADERS });
  const text = await response.text();
  if (response.ok) return text;
  throw new PromontoryError(`cannot record ${url}: it answered ${response.status}`, {
    code: ERR_BENCH_RECORDING,
    kind: 'execution',
  });
}
