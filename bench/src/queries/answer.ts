/** What the query API answers, read into one form for vectors and matrices. */
import { PromontoryError } from '@promontory/base';
import { ERR_BENCH_RESULT } from '../error-codes.ts';
import { readValue } from '../record/exposition-text.ts';

export interface AnswerSeries {
  /** Sorted `name=value` pairs; an empty label is no label. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly timestampMs: readonly number[];
  readonly value: readonly number[];
}

export interface Answer {
  /** `vector`, `matrix`, `scalar`. */
  readonly type: string;
  readonly series: readonly AnswerSeries[];
  readonly warningCount: number;
  readonly infoCount: number;
}

type Point = readonly [seconds: number, value: string];

interface AnswerJson {
  readonly status: string;
  readonly data: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: Point;
      readonly values?: readonly Point[];
    }[];
  };
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** @throws PromontoryError ERR_BENCH_RESULT when it is no successful answer with a vector or a matrix */
export function parseAnswer(text: string): Answer {
  const { data, warnings = [], infos = [] } = readJson(text);
  return {
    type: data.resultType,
    series: data.result.map(({ metric, value, values }) => {
      const points = values ?? (value === undefined ? [] : [value]);
      const pairs = Object.entries(metric).filter(([, labelValue]) => labelValue !== '');
      return {
        labels: pairs.sort(([left], [right]) => (left < right ? -1 : 1)),
        timestampMs: points.map(([seconds]) => Math.round(seconds * 1000)),
        value: points.map(([, valueText]) => readValue(valueText)),
      };
    }),
    warningCount: warnings.length,
    infoCount: infos.length,
  };
}

function readJson(text: string): AnswerJson {
  const answer = JSON.parse(text) as AnswerJson;
  const type = answer.data?.resultType;
  if (answer.status === 'success' && (type === 'vector' || type === 'matrix')) return answer;
  throw new PromontoryError(
    `cannot compare the answer: want a vector or a matrix, got ${text.slice(0, 200)}`,
    {
      code: ERR_BENCH_RESULT,
      kind: 'execution',
    },
  );
}
