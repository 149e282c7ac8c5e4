/** `eval instant …` and `eval range …` with the lines of what they expect. */
import { parseDurationMs } from '@promontory/promql';
import { emptyExpectations, readExpectation } from './parse-expectation.ts';
import { atLine, scriptError } from './script-error.ts';
import type { ScriptBlock } from './script-block.ts';
import type { EvalCommand, EvalTimes, Expectations, ExpectedSeries } from './script.ts';
import { parseSeriesDescription } from './series-notation.ts';

const EVAL_INSTANT = /^eval(?:_(fail|warn|info|ordered))?\s+instant\s+at\s+(\S+)\s+(.+)$/;
const EVAL_RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/;
const RANGE_VECTOR = /^expect\s+range\s+vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/;

interface EvalHead {
  readonly query: string;
  readonly times: EvalTimes;
  readonly isRange: boolean;
  readonly expectations: Expectations;
}

/** @throws PromontoryError ERR_CONFORMANCE_SCRIPT with the line in its context */
export function parseEval(block: ScriptBlock): EvalCommand {
  const { line } = block;
  const head = atLine(line, () => parseHead(block.text));
  /** Of a series given twice the last definition counts. */
  const series = new Map<string, ExpectedSeries>();
  let rangeVector: EvalTimes | null = null;
  for (const { line: bodyLine, text } of block.body) {
    atLine(bodyLine, () => {
      const vector = RANGE_VECTOR.exec(text);
      if (vector !== null) rangeVector = parseTimes(vector[1], vector[2], vector[3]);
      else if (!readExpectation(text, head.expectations)) {
        const isOnePoint = !head.isRange && rangeVector === null;
        const one = parseExpectedSeries(text, isOnePoint);
        series.set(one.labels.key, one);
      }
    });
  }
  return { kind: 'eval', line, ...head, rangeVector, series: [...series.values()] };
}

function parseHead(text: string): EvalHead {
  const range = EVAL_RANGE.exec(text);
  if (range !== null) {
    const [, suffix, start, end, step, query = ''] = range;
    const times = parseTimes(start, end, step);
    return { query, times, isRange: true, expectations: emptyExpectations(suffix) };
  }
  const instant = EVAL_INSTANT.exec(text);
  if (instant === null) {
    throw scriptError(
      `expected eval instant at <time> <query> or eval range from <time> to <time> step <step> <query>, got ${text}`,
    );
  }
  const [, suffix, time = '', query = ''] = instant;
  const timeMs = parseDurationMs(time);
  const times = { startMs: timeMs, endMs: timeMs, stepMs: 0 };
  return { query, times, isRange: false, expectations: emptyExpectations(suffix) };
}

function parseTimes(start = '0', end = '0', step = '0'): EvalTimes {
  const times = {
    startMs: parseDurationMs(start),
    endMs: parseDurationMs(end),
    stepMs: parseDurationMs(step),
  };
  if (times.endMs < times.startMs) throw scriptError(`the end ${end} is before the start ${start}`);
  if (times.stepMs === 0) throw scriptError('the step is 0');
  return times;
}

function parseExpectedSeries(text: string, isOnePoint: boolean): ExpectedSeries {
  const series = parseSeriesDescription(text);
  const { length } = series.items;
  if (length === 0) throw scriptError(`${text} has no values`);
  if (isOnePoint && length > 1) {
    throw scriptError(
      'an instant query has one value a series; several need a line expect range vector above them',
    );
  }
  return series;
}
