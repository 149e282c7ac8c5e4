/** What the makers of operators ask the factory for; breaks the circle between them and it. */
import type { QueryContext } from '../evaluate/query-context.ts';
import type { SampleTally } from '../evaluate/query-samples.ts';
import type { QueryTimes } from '../plan/duration-value.ts';
import type { PlanNode, SelectorPlan } from '../plan/plan-node.ts';
import type { RangeOperator, ScalarOperator, VectorOperator } from './operator.ts';
import type { InstantSelector } from './selectors/instant-selector.ts';

export interface OperatorSource {
  readonly context: QueryContext;
  /** Of the whole query, not of a subquery. */
  readonly times: QueryTimes;
  /** Where the samples that the node looks at are counted. */
  tallyOf(node: PlanNode): SampleTally;
  vector(node: PlanNode): VectorOperator;
  scalar(node: PlanNode): ScalarOperator;
  range(node: PlanNode): RangeOperator;
  instantSelector(node: SelectorPlan): InstantSelector;
}
