import { unreachable } from '@promontory/base';
import type { PlanNode } from './plan-node.ts';

/** What a node is computed from, in the order of the text. */
export function planChildren(node: PlanNode): readonly PlanNode[] {
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'instant-selector':
    case 'range-selector':
      return [];
    case 'subquery':
    case 'repeat':
      return [node.inner];
    case 'negate':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'call':
      return node.args;
    case 'info':
      return [node.operand, node.info];
    case 'aggregation':
      return node.parameter === null ? [node.operand] : [node.parameter, node.operand];
    default:
      return unreachable(node);
  }
}
