/** Random operators between two vectors. */
import { type ExpressionWriter, operatorOf, words } from './expression-writer.ts';

const SET_OPERATORS = words('and or unless');

export class BinaryWriter {
  readonly #parts: ExpressionWriter;

  constructor(parts: ExpressionWriter) {
    this.#parts = parts;
  }

  /** Sides that may not fit each other. */
  anySides(depth: number): string {
    const { choice } = this.#parts;
    const { of } = choice;
    const left = this.#side(depth);
    const right = this.#side(depth);
    const labels = of(['job', 'instance', 'job, instance', '', '__name__', 'kind', 'le']);
    const clause = of(['', '', `on (${labels})`, `ignoring (${labels}, code)`]);
    const group =
      clause === ''
        ? ''
        : of(['', '', 'group_left', 'group_right', 'group_left (team, version)', 'group_right (kind, job)']);
    return of([
      () => `${left} ${operatorOf(choice)} ${clause} ${group} ${right}`,
      () => `${left} ${of(SET_OPERATORS)} ${clause} ${right}`,
      () => `${left} ${of(SET_OPERATORS)} ${right}`,
    ])();
  }

  /** Sides that fit each other. */
  join(depth: number): string {
    const { choice, selectors } = this.#parts;
    const { of } = choice;
    const operator = operatorOf(choice);
    const labels = of(['job', 'job, instance', 'instance']);
    const aggregation = of(words('sum avg max count'));
    const bySame = (inner: string): string => `${aggregation} by (${labels}) (${inner})`;
    const floats = (): string => this.#parts.floats(depth - 1);
    const metric = of(['requests_total', 'errors_total', 'latency_seconds_count']);
    const histogram = of(['native_nan', 'native_signed{kind="float"}', 'turning']);
    return of([
      () => `${metric} ${operator} ${metric}${selectors.modifiers()}`,
      () => `rate(queue_length[5m]) ${operator} rate(queue_length[${of(['1m', '7m'])}])`,
      () => `rate(${metric}[5m]) ${operator} ${metric}`,
      () => `${metric} ${operator} on (job) group_left ${of(['', '(team)'])} job_limit`,
      () => `job_limit ${operator} on (job) group_right ${of(['', '(team)'])} ${metric}`,
      () => `requests_total ${operator} on (job, instance) group_left errors_total`,
      () => `errors_total ${operator} ignoring (code) group_right () requests_total{code="200"}`,
      () => `requests_total{code="500"} ${operator} ignoring (code) requests_total{code="200"}`,
      () => `${metric} ${operator} on (job, instance) group_left (version, "k8s.cluster") target_info`,
      () => `${bySame(floats())} ${operator} ${bySame(this.#parts.any(depth - 1))}`,
      () => `${bySame(floats())} ${operator} on (${labels}) ${bySame(metric)}`,
      () => `${metric} ${of(SET_OPERATORS)} on (job) (job_limit > 300)`,
      () => `${metric} ${of(SET_OPERATORS)} ignoring (code) requests_total`,
      () => `queue_length ${operator} ignoring () queue_limit`,
      () => `queue_length ${of(['^', 'atan2'])} queue_limit`,
      () => `mixed_kinds ${operator} on () group_left ${histogram}`,
    ])();
  }

  #side(depth: number): string {
    const { choice } = this.#parts;
    return `(${choice.oneIn(4) ? this.#parts.any(depth - 1) : this.#parts.floats(depth - 1)})`;
  }
}
