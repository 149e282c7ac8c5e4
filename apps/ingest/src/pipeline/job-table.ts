/**
 * The jobs in flight: one a write request, sixteen words each in shared memory. Whichever stage has the job
 * owns its words; handing it on through a ring publishes them.
 *
 * What a stage has to say in words (rejections, an error) it writes as JSON over the job's body in the slab,
 * which nobody needs any more by then.
 */
import {
  errorCode,
  type ErrorContext,
  errorMessage,
  type ErrorKind,
  PromontoryError,
} from '@promontory/base';
import type { Rejection } from '@promontory/model';
import { ERR_INTERNAL } from '../error-codes.ts';
import { errorDetail } from '../error-detail.ts';
import { SLAB_PAGE_BYTES } from './body-slab.ts';

const JOB_WORDS = 16;
const BODY_OFFSET = 0;
const BODY_LENGTH = 1;
const BATCH = 2;
const OUTCOME = 3;
const SAMPLES_WRITTEN = 4;
const TEXT_LENGTH = 5;
const EXEMPLARS_WRITTEN = 6;
const METADATA_WRITTEN = 7;
const HISTOGRAMS_WRITTEN = 8;
const FORMAT = 9;
const DATA_POINTS = 10;

const OUTCOME_WRITTEN = 1;
const OUTCOME_FAILED = 2;
const EXAMPLE_CHARACTERS_MAX = 800;
/** With a message, both in the characters that take most, no more than a page. */
const DETAIL_CHARACTERS_MAX = 4000;
/** Of an error's context, what the answer depends on. */
const ANSWER_CONTEXT = ['scope', 'retryAfterMs'];

/** What a body is, and how it is compressed where that is not the same for all. */
export const WRITE_FORMATS = [
  'remote-write-1',
  'remote-write-2',
  'otlp-protobuf',
  'otlp-protobuf-gzip',
  'otlp-json',
  'otlp-json-gzip',
] as const;
export type WriteFormat = (typeof WRITE_FORMATS)[number];

export interface FailedJob {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly context: ErrorContext;
  /** For the log, of an error that is no fault of the client: where it arose; else ''. */
  readonly detail: string;
}

/** What was stored, and what was there already with the same value. */
export interface WrittenCounts {
  /** Floats and histograms. */
  readonly samples: number;
  /** Of them, the histograms. */
  readonly histograms: number;
  readonly exemplars: number;
  readonly metadata: number;
}

/** Exemplars, metadata and `target_info` that were not stored; the request does not fail for them. */
export interface LeftOut {
  readonly code: string;
  readonly count: number;
}

/** What is remarkable about an OTLP export without being refused. */
export interface Warned {
  readonly category: string;
  readonly count: number;
}

/** What a stage refused of a job. */
export interface Refused {
  readonly rejections: readonly Rejection[];
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly Warned[];
}

export interface JobOutcome extends Refused {
  readonly written: WrittenCounts;
  /** Of an OTLP export, as they were sent, each of them possibly many samples; 0 for remote write. */
  readonly dataPoints: number;
  /** Set when the whole request failed; nothing of it is acknowledged then. */
  readonly failure: FailedJob | null;
}

export const NOTHING_WRITTEN: WrittenCounts = { samples: 0, histograms: 0, exemplars: 0, metadata: 0 };
const NOTHING_REFUSED: Refused = { rejections: [], leftOut: [], warnings: [] };

export class JobTable {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #slab: Uint8Array;

  constructor(memory: SharedArrayBuffer, slabMemory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#slab = new Uint8Array(slabMemory);
  }

  static allocate(jobsMax: number): SharedArrayBuffer {
    return new SharedArrayBuffer(jobsMax * JOB_WORDS * 4);
  }

  begin(job: number, format: WriteFormat, bodyOffset: number, bodyLength: number): void {
    const base = job * JOB_WORDS;
    this.#words.fill(0, base, base + JOB_WORDS);
    this.#words[base + BODY_OFFSET] = bodyOffset;
    this.#words[base + BODY_LENGTH] = bodyLength;
    this.#words[base + FORMAT] = WRITE_FORMATS.indexOf(format);
  }

  formatOf(job: number): WriteFormat {
    return WRITE_FORMATS[this.#words[job * JOB_WORDS + FORMAT] ?? 0] ?? 'remote-write-1';
  }

  /** The request body; valid until the job is answered, and until texts are written over it. */
  unsafeViewBody(job: number): Uint8Array {
    const base = job * JOB_WORDS;
    const offset = this.#words[base + BODY_OFFSET] ?? 0;
    return this.#slab.subarray(offset, offset + (this.#words[base + BODY_LENGTH] ?? 0));
  }

  batchOf(job: number): number {
    return this.#words[job * JOB_WORDS + BATCH] ?? 0;
  }

  setDecoded(job: number, batch: number): void {
    this.#words[job * JOB_WORDS + BATCH] = batch;
  }

  /** What was refused of the job so far; a later stage may replace it by longer lists. */
  setRefused(job: number, { rejections, leftOut, warnings }: Refused): void {
    if (rejections.length + leftOut.length + warnings.length === 0) {
      this.#setText(job, '');
      return;
    }
    let text = refusedText({ rejections, leftOut, warnings }, EXAMPLE_CHARACTERS_MAX);
    // Not with examples that people would write.
    for (let charactersMax = EXAMPLE_CHARACTERS_MAX; Buffer.byteLength(text) > SLAB_PAGE_BYTES;) {
      charactersMax >>>= 1;
      text = refusedText({ rejections, leftOut, warnings }, charactersMax);
    }
    this.#setText(job, text);
  }

  setDataPoints(job: number, dataPoints: number): void {
    this.#words[job * JOB_WORDS + DATA_POINTS] = dataPoints;
  }

  refused(job: number): Refused {
    const text = this.#text(job);
    return text === '' ? NOTHING_REFUSED : (JSON.parse(text) as Refused);
  }

  setWritten(job: number, { samples, histograms, exemplars, metadata }: WrittenCounts): void {
    const base = job * JOB_WORDS;
    this.#words[base + SAMPLES_WRITTEN] = samples;
    this.#words[base + HISTOGRAMS_WRITTEN] = histograms;
    this.#words[base + EXEMPLARS_WRITTEN] = exemplars;
    this.#words[base + METADATA_WRITTEN] = metadata;
    this.#words[base + OUTCOME] = OUTCOME_WRITTEN;
  }

  setFailed(job: number, error: unknown): void {
    const kind = error instanceof PromontoryError ? error.kind : 'internal';
    const isFault = kind === 'internal' || kind === 'corrupt';
    const failure: FailedJob = {
      code: errorCode(error) ?? ERR_INTERNAL,
      kind,
      message: errorMessage(error).slice(0, EXAMPLE_CHARACTERS_MAX),
      context: error instanceof PromontoryError ? answerContext(error.context) : {},
      detail: isFault ? errorDetail(error).slice(0, DETAIL_CHARACTERS_MAX) : '',
    };
    this.#setText(job, JSON.stringify(failure));
    this.#words[job * JOB_WORDS + OUTCOME] = OUTCOME_FAILED;
  }

  outcome(job: number): JobOutcome {
    const base = job * JOB_WORDS;
    const dataPoints = this.#words[base + DATA_POINTS]!;
    if (this.#words[base + OUTCOME] === OUTCOME_FAILED) {
      const failure = JSON.parse(this.#text(job)) as FailedJob;
      return { written: NOTHING_WRITTEN, ...NOTHING_REFUSED, dataPoints, failure };
    }
    const written = {
      samples: this.#words[base + SAMPLES_WRITTEN]!,
      histograms: this.#words[base + HISTOGRAMS_WRITTEN]!,
      exemplars: this.#words[base + EXEMPLARS_WRITTEN]!,
      metadata: this.#words[base + METADATA_WRITTEN]!,
    };
    return { written, ...this.refused(job), dataPoints, failure: null };
  }

  #setText(job: number, text: string): void {
    const base = job * JOB_WORDS;
    const offset = this.#words[base + BODY_OFFSET] ?? 0;
    const bytes = Buffer.from(text, 'utf8');
    if (bytes.length > SLAB_PAGE_BYTES)
      throw new RangeError(`job text of ${bytes.length} bytes does not fit a page`);
    this.#slab.set(bytes, offset);
    this.#words[base + TEXT_LENGTH] = bytes.length;
  }

  #text(job: number): string {
    const base = job * JOB_WORDS;
    const offset = this.#words[base + BODY_OFFSET] ?? 0;
    return Buffer.from(this.#slab.slice(offset, offset + (this.#words[base + TEXT_LENGTH] ?? 0))).toString(
      'utf8',
    );
  }
}

function refusedText({ rejections, leftOut, warnings }: Refused, exampleCharactersMax: number): string {
  const shortened: Refused = {
    rejections: rejections.map((each) => ({ ...each, example: each.example.slice(0, exampleCharactersMax) })),
    leftOut: leftOut.map(({ code, count }) => ({ code, count })),
    warnings: warnings.map(({ category, count }) => ({ category, count })),
  };
  return JSON.stringify(shortened);
}

function answerContext(context: ErrorContext): ErrorContext {
  return Object.fromEntries(Object.entries(context).filter(([name]) => ANSWER_CONTEXT.includes(name)));
}
