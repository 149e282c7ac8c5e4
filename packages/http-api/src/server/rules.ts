import type { ApiRequest } from '../api-request.ts';
import { jsonSuccess } from '../json/json-success.ts';
import { parseBoolean } from '../parameters/boolean-parameter.ts';
import { parseInteger } from '../parameters/integer-parameter.ts';
import { readMatcherSets } from '../parameters/matcher-parameter.ts';
import { invalidParameter } from '../parameters/parameter-error.ts';
import { readServerParameters } from './server-parameters.ts';
import type { ServerEndpoint } from './server-services.ts';

const TYPES = ['', 'alert', 'record'];

/** Rule groups: none can be configured yet. */
export const rulesEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/rules',
  handle: ({ request }) => {
    checkRuleParameters(request);
    return jsonSuccess({ groups: [] });
  },
};

/** Names of rules, groups and files, by either spelling, select among none: there is nothing wrong about them. */
function checkRuleParameters(request: ApiRequest): void {
  const parameters = readServerParameters(request);
  readMatcherSets(parameters);
  const type = parameters.get('type');
  if (!TYPES.includes(type.toLowerCase()))
    throw invalidParameter('type', `not supported value ${JSON.stringify(type.toLowerCase())}`);
  const excluded = parseBoolean(parameters.get('exclude_alerts'));
  if ('problem' in excluded)
    throw invalidParameter('exclude_alerts', `error converting exclude_alerts: ${excluded.problem}`);
  checkPage(parameters.get('group_limit'), parameters.get('group_next_token'));
}

function checkPage(limitText: string, token: string): void {
  if (limitText !== '') {
    const limit = parseInteger(limitText);
    if ('problem' in limit) {
      const parsing = `strconv.ParseInt: ${limit.problem}`;
      throw invalidParameter('group_limit', `group_limit needs to be a valid number: ${parsing}`);
    }
    if (limit.value <= 0) throw invalidParameter('group_limit', 'group_limit needs to be greater than 0');
  } else if (token !== '') {
    const reason = 'group_limit needs to be present in order to paginate over the groups';
    throw invalidParameter('group_next_token', reason);
  }
  if (token === '') return;
  const reason = `invalid group_next_token '${token}'. were rule groups changed?`;
  throw invalidParameter('group_next_token', reason);
}
