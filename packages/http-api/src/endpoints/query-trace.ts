/** The `trace` member of an answer, as VictoriaMetrics has it. */
import { TraceSpan } from '@promontory/promql';
import type { JsonWriter } from '../json/json-writer.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import type { ParameterCall } from './data-endpoint.ts';

/** Anything else asks for it. */
const NO_TRACE: ReadonlySet<string> = new Set(['', '0', 'f', 'false', 'no']);
const SHOWN_PARAMETERS = ['query', 'time', 'start', 'end', 'step'];
const CHARACTERS_MAX = 2000;

export function isTraceWanted(parameters: RequestParameters): boolean {
  return !NO_TRACE.has(parameters.get('trace').toLowerCase());
}

/** The whole of the request: its parts are added as they happen. */
export function startTrace({ request, parameters, services }: ParameterCall): TraceSpan {
  const shown = SHOWN_PARAMETERS.filter((name) => parameters.get(name) !== '');
  const text = shown.map((name) => `${name}=${parameters.get(name)}`).join(', ');
  const message = `${request.path}: ${text}`;
  return new TraceSpan(
    services.clock,
    message.length <= CHARACTERS_MAX ? message : `${message.slice(0, CHARACTERS_MAX)}…`,
  );
}

/** `,"trace":{…}`; it ends here. */
export function writeTrace(writer: JsonWriter, trace: TraceSpan): void {
  trace.end();
  writer.raw(',"trace":');
  writeSpan(writer, trace);
}

/** As deep as the query nests. */
function writeSpan(writer: JsonWriter, { durationMs, message, children }: TraceSpan): void {
  writer.raw(`{"duration_msec":${Math.round(durationMs * 1000) / 1000},"message":`);
  writer.text(message);
  if (children.length > 0) {
    writer.raw(',"children":');
    writer.array(children, (child) => writeSpan(writer, child));
  }
  writer.raw('}');
}
