/** Parsing without the cache, an op being one query; prints `name ns/op result-hash`. */
import { createHash } from 'node:crypto';
import { parseExpression } from './parse-expression.ts';

const ROUNDS = process.env['PROMONTORY_BENCH_SMOKE'] === '1' ? 1 : 2000;

const QUERIES: Readonly<Record<string, string>> = {
  selector: 'up{job="node", instance=~"10\\\\.0\\\\..*"}',
  'rate by group': 'sum by (namespace, pod) (rate(http_requests_total{code!~"5.."}[5m])) / 2',
  dashboard:
    'histogram_quantile(0.99, sum by (le, job) (rate(request_seconds_bucket{job=~"a|b|c"}[5m] offset 1h))) ' +
    '> on (job) group_left (team) (service_info{env="prod"} * 0 + 0.5) or vector(0) unless absent(up) == 1',
};

for (const [name, query] of Object.entries(QUERIES)) {
  let expression = parseExpression(query);
  const startMs = performance.now();
  for (let round = 0; round < ROUNDS; round++) expression = parseExpression(query);
  const nsPerQuery = ((performance.now() - startMs) * 1e6) / ROUNDS;
  const hash = createHash('sha256').update(JSON.stringify(expression)).digest('hex').slice(0, 16);
  process.stdout.write(`parse ${name} ${nsPerQuery.toFixed(0)} ns/op ${hash}\n`);
}
