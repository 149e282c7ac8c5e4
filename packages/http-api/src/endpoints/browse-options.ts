/** What the endpoints that browse names and values have in common. */
import { WorkTicker } from '@promontory/base';
import type { LabelAnswer, LabelRequest } from '@promontory/promql';
import type { JsonWriter } from '../json/json-writer.ts';
import { readLimit } from '../parameters/limit-parameter.ts';
import { readMatcherSets, readNamedMatcherSets } from '../parameters/matcher-parameter.ts';
import { badRequest } from '../parameters/parameter-error.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import { optionalTimeMs, TIME_MS_MAX, TIME_MS_MIN } from '../parameters/time-parameter.ts';
import type { RequestDeadline } from './request-deadline.ts';

/** @throws PromontoryError of kind bad-data */
export function readLabelRequest(parameters: RequestParameters): LabelRequest {
  return { ...readBounds(parameters), matcherSets: readMatcherSets(parameters) };
}

/**
 * The same for `/series`, which cannot do without matchers and names them when they are wrong.
 *
 * @throws PromontoryError of kind bad-data
 */
export function readSeriesRequest(parameters: RequestParameters): LabelRequest {
  if (parameters.getAll('match[]').length === 0) throw badRequest('no match[] parameter provided');
  return { ...readBounds(parameters), matcherSets: readNamedMatcherSets(parameters) };
}

function readBounds(parameters: RequestParameters): Omit<LabelRequest, 'matcherSets'> {
  return {
    countMax: readLimit(parameters),
    rangeStartMsInclusive: optionalTimeMs(parameters, 'start', TIME_MS_MIN),
    rangeEndMsInclusive: optionalTimeMs(parameters, 'end', TIME_MS_MAX),
  };
}

/**
 * A range that ends before it begins holds nothing; a source is not asked about it.
 *
 * @param deadline ends the work of the source
 */
export async function browse<T>(
  request: LabelRequest,
  deadline: RequestDeadline,
  ask: (request: LabelRequest) => Promise<LabelAnswer<T>>,
): Promise<LabelAnswer<T>> {
  if (request.rangeEndMsInclusive < request.rangeStartMsInclusive) return { values: [], truncated: false };
  return ask({ ...request, checkpoint: deadline.check });
}

/** As `JsonWriter.array`, until the deadline. */
export function writeList<T>(
  writer: JsonWriter,
  items: readonly T[],
  deadline: RequestDeadline,
  write: (item: T) => void,
): void {
  const ticker = new WorkTicker(deadline.check);
  writer.array(items, (item) => {
    ticker.tick();
    write(item);
  });
}
