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
import { SLAB_PAGE_BYTES } from './body-slab.ts';

const JOB_WORDS = 16;
const BODY_OFFSET = 0;
const BODY_LENGTH = 1;
const BATCH = 2;
const OUTCOME = 3;
const SAMPLES_WRITTEN = 4;
const TEXT_LENGTH = 5;
const EXEMPLARS = 6;
const METADATA = 7;
const HISTOGRAMS_WRITTEN = 8;

const OUTCOME_WRITTEN = 1;
const OUTCOME_FAILED = 2;
const EXAMPLE_CHARACTERS_MAX = 800;
/** Of an error's context, what the answer depends on. */
const ANSWER_CONTEXT = ['scope', 'retryAfterMs'];

export interface FailedJob {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly context: ErrorContext;
}

/** What was stored, and what was there already with the same value. */
export interface WrittenCounts {
  /** Floats and histograms. */
  readonly samplesWritten: number;
  /** Of them, the histograms. */
  readonly histogramsWritten: number;
}

export interface JobOutcome extends WrittenCounts {
  readonly exemplarCount: number;
  readonly metadataCount: number;
  readonly rejections: readonly Rejection[];
  /** Set when the whole request failed; nothing of it is acknowledged then. */
  readonly failure: FailedJob | null;
}

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

  begin(job: number, bodyOffset: number, bodyLength: number): void {
    const base = job * JOB_WORDS;
    this.#words.fill(0, base, base + JOB_WORDS);
    this.#words[base + BODY_OFFSET] = bodyOffset;
    this.#words[base + BODY_LENGTH] = bodyLength;
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

  setDecoded(job: number, batch: number, extras: { exemplarCount: number; metadataCount: number }): void {
    const base = job * JOB_WORDS;
    this.#words[base + BATCH] = batch;
    this.#words[base + EXEMPLARS] = extras.exemplarCount;
    this.#words[base + METADATA] = extras.metadataCount;
  }

  /** What a stage refused of the job so far; a later stage may replace it by a longer list. */
  setRejections(job: number, rejections: readonly Rejection[]): void {
    const shortened = rejections.map((each) => ({
      ...each,
      example: each.example.slice(0, EXAMPLE_CHARACTERS_MAX),
    }));
    this.#setText(job, shortened.length === 0 ? '' : JSON.stringify(shortened));
  }

  rejections(job: number): Rejection[] {
    const text = this.#text(job);
    return text === '' ? [] : (JSON.parse(text) as Rejection[]);
  }

  setWritten(job: number, { samplesWritten, histogramsWritten }: WrittenCounts): void {
    const base = job * JOB_WORDS;
    this.#words[base + SAMPLES_WRITTEN] = samplesWritten;
    this.#words[base + HISTOGRAMS_WRITTEN] = histogramsWritten;
    this.#words[base + OUTCOME] = OUTCOME_WRITTEN;
  }

  setFailed(job: number, error: unknown): void {
    const failure: FailedJob = {
      code: errorCode(error) ?? ERR_INTERNAL,
      kind: error instanceof PromontoryError ? error.kind : 'internal',
      message: errorMessage(error).slice(0, EXAMPLE_CHARACTERS_MAX),
      context: error instanceof PromontoryError ? answerContext(error.context) : {},
    };
    this.#setText(job, JSON.stringify(failure));
    this.#words[job * JOB_WORDS + OUTCOME] = OUTCOME_FAILED;
  }

  outcome(job: number): JobOutcome {
    const base = job * JOB_WORDS;
    const failed = this.#words[base + OUTCOME] === OUTCOME_FAILED;
    return {
      samplesWritten: failed ? 0 : (this.#words[base + SAMPLES_WRITTEN] ?? 0),
      histogramsWritten: failed ? 0 : (this.#words[base + HISTOGRAMS_WRITTEN] ?? 0),
      exemplarCount: this.#words[base + EXEMPLARS] ?? 0,
      metadataCount: this.#words[base + METADATA] ?? 0,
      rejections: failed ? [] : this.rejections(job),
      failure: failed ? (JSON.parse(this.#text(job)) as FailedJob) : null,
    };
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

function answerContext(context: ErrorContext): ErrorContext {
  return Object.fromEntries(Object.entries(context).filter(([name]) => ANSWER_CONTEXT.includes(name)));
}
