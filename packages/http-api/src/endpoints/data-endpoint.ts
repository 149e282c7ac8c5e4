import type { ApiResponse } from '../api-response.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import { readScope } from '../parameters/scope-parameters.ts';
import { ScopedSource } from '../source/scoped-source.ts';
import type { DataCall, DataEndpoint, DataServices } from './endpoint.ts';

/** One request with its parameters read. */
export interface ParameterCall extends DataCall {
  readonly parameters: RequestParameters;
}

interface ParameterEndpoint extends Pick<DataEndpoint, 'methods' | 'path' | 'errorFormat'> {
  /** May throw, as of Endpoint. */
  readonly handle: (call: ParameterCall) => ApiResponse | Promise<ApiResponse>;
}

/**
 * An endpoint whose requests are parameters. Its source shows only what `extra_label` and `extra_filters[]` of the
 * request let through, so that it cannot forget them.
 */
export function dataEndpoint({ handle, ...endpoint }: ParameterEndpoint): DataEndpoint {
  return {
    ...endpoint,
    handle: (call) => {
      const parameters = RequestParameters.read(call.request);
      return handle({ ...call, services: scopedServices(call.services, parameters), parameters });
    },
  };
}

/** The services of a request that sees only what its parameters let through. */
export function scopedServices(services: DataServices, parameters: RequestParameters): DataServices {
  const scope = readScope(parameters);
  return scope === null ? services : { ...services, source: new ScopedSource(services.source, scope) };
}
