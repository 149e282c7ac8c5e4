import type { PlanNode } from './plan-node.ts';

/**
 * Whether reading a vector can bring errors or annotations to light. Such a vector is read as a whole, also where an
 * operator around it has no use for some of its series.
 */
export function canTell(node: PlanNode): boolean {
  if (node.kind === 'repeat') return canTell(node.inner);
  if (node.kind === 'negate') return canTell(node.operand);
  return node.kind !== 'instant-selector' || node.extension !== null;
}
