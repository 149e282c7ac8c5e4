import { describe, expect, it } from 'vitest';
import { FUNCTION_SIGNATURES } from './function-signatures.ts';

describe('FUNCTION_SIGNATURES', () => {
  it('has every function of Prometheus 3.14', () => {
    expect(FUNCTION_SIGNATURES.size).toBe(90);
  });

  it('knows which are behind a flag there', () => {
    const experimental = [...FUNCTION_SIGNATURES].filter(([, { isExperimental }]) => isExperimental);
    expect(experimental.map(([name]) => name)).toHaveLength(17);
    expect(FUNCTION_SIGNATURES.get('start_timestamp')?.isExperimental).toBe(true);
    expect(FUNCTION_SIGNATURES.get('first_over_time')?.isExperimental).toBe(false);
  });

  it.each([
    ['rate', ['matrix'], 0, 'vector'],
    ['time', [], 0, 'scalar'],
    ['min_of', ['scalar', 'scalar'], 0, 'scalar'],
    ['hour', ['vector'], 1, 'vector'],
    ['info', ['vector', 'vector'], 1, 'vector'],
    ['histogram_quantiles', ['vector', 'string', 'scalar', 'scalar'], 9, 'vector'],
    ['sort_by_label', ['vector', 'string'], -1, 'vector'],
  ])('%s takes %j', (name, args, variadic, result) => {
    expect(FUNCTION_SIGNATURES.get(name)).toMatchObject({ args, variadic, result });
  });
});
