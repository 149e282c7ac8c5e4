/** Bounds on what is decoded: bytes of a body may become many times as much memory. */
import { PromontoryError } from '@promontory/base';
import { ERR_OTLP_DATA_POINTS_MAX, ERR_OTLP_DEPTH_MAX, ERR_OTLP_MESSAGES_MAX } from './error-codes.ts';

export interface OtlpDecodeLimits {
  /** Of all metrics of a request together. */
  readonly dataPointsMax: number;
  /** Messages of any kind, nested ones counted: an empty one takes two bytes of a body and fifty times that in memory. */
  readonly messagesMax: number;
  /**
   * Commas in JSON outside of texts, about one a value: a value takes two bytes of a body, thirty times that in memory, and
   * a microsecond where integers are exact.
   */
  readonly jsonValuesMax: number;
  /** Objects and arrays of JSON within each other, also in members that are passed over. At `valueDepthMax` some 80 are needed. */
  readonly jsonDepthMax: number;
  /** Counts and bounds of buckets, of all data points together; of protobuf, where one takes a byte. */
  readonly numbersMax: number;
  /** Arrays and maps within each other in the value of an attribute. */
  readonly valueDepthMax: number;
}

export const DEFAULT_OTLP_DECODE_LIMITS: OtlpDecodeLimits = {
  dataPointsMax: 200_000,
  messagesMax: 2_000_000,
  jsonValuesMax: 3_000_000,
  jsonDepthMax: 128,
  numbersMax: 8_000_000,
  valueDepthMax: 16,
};

/** What one request has used of its limits. */
export class DecodeBudget {
  readonly limits: OtlpDecodeLimits;
  #dataPoints = 0;
  #messages = 0;
  #numbers = 0;

  constructor(limits: OtlpDecodeLimits) {
    this.limits = limits;
  }

  /** @throws PromontoryError ERR_OTLP_DATA_POINTS_MAX */
  takeDataPoint(): void {
    const { dataPointsMax } = this.limits;
    if (++this.#dataPoints > dataPointsMax) {
      throw tooLarge(ERR_OTLP_DATA_POINTS_MAX, `it has more than ${dataPointsMax} data points`);
    }
  }

  /** @throws PromontoryError ERR_OTLP_MESSAGES_MAX */
  takeMessage(): void {
    const { messagesMax } = this.limits;
    if (++this.#messages > messagesMax) {
      throw tooLarge(ERR_OTLP_MESSAGES_MAX, `it has more than ${messagesMax} messages`);
    }
  }

  /** @throws PromontoryError ERR_OTLP_MESSAGES_MAX */
  takeNumber(): void {
    const { numbersMax } = this.limits;
    if (++this.#numbers > numbersMax) {
      throw tooLarge(ERR_OTLP_MESSAGES_MAX, `its buckets have more than ${numbersMax} counts and bounds`);
    }
  }

  /**
   * @param depth of a value's array or map; 1 is outermost
   * @throws PromontoryError ERR_OTLP_DEPTH_MAX
   */
  checkValueDepth(depth: number): void {
    const { valueDepthMax } = this.limits;
    if (depth > valueDepthMax) throw tooDeep('the value of an attribute nests', valueDepthMax);
  }

  /**
   * @param depth of an object or array of JSON; 1 is the body
   * @throws PromontoryError ERR_OTLP_DEPTH_MAX
   */
  checkJsonDepth(depth: number): void {
    const { jsonDepthMax } = this.limits;
    if (depth > jsonDepthMax) throw tooDeep('its objects and arrays nest', jsonDepthMax);
  }
}

function tooDeep(what: string, depthMax: number): PromontoryError {
  return new PromontoryError(`cannot decode OTLP export: ${what} deeper than ${depthMax}`, {
    code: ERR_OTLP_DEPTH_MAX,
    kind: 'bad-data',
    context: { depthMax },
  });
}

function tooLarge(code: string, why: string): PromontoryError {
  return new PromontoryError(`cannot decode OTLP export: ${why}`, { code, kind: 'too-large' });
}
