/** What the makers of calls ask of a call. */
import { assert } from '@promontory/base';
import type { Annotation } from '../../evaluate/annotation-texts.ts';
import type { CallPlan, PlanNode } from '../../plan/plan-node.ts';
import { annotateSites } from '../annotate-sites.ts';
import type { OperatorSource } from '../operator-source.ts';

export function argumentOf(node: CallPlan, index: number): PlanNode {
  const found = node.args[index];
  assert(found !== undefined, 'the checker counted the arguments', { index });
  return found;
}

export function stringOf(node: CallPlan, index: number): string {
  const found = argumentOf(node, index);
  assert(found.kind === 'string', 'the checker wants a string here', { index });
  return found.literal.value;
}

/** Says something about the argument at `index`, at every place where the call stands. */
export function annotateArgument(
  source: OperatorSource,
  node: CallPlan,
  index: number,
  annotation: Annotation,
): void {
  annotateSites(source.context, node, annotation, ({ args, own }) => args[index] ?? own);
}
