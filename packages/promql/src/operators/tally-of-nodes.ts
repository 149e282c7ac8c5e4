import type { QuerySamples, SampleTally } from '../evaluate/query-samples.ts';
import { planChildren } from '../plan/plan-children.ts';
import type { PlanNode } from '../plan/plan-node.ts';

/** Where the samples that a node looks at are counted. A node that stands in several places counts where it is seen most. */
export function talliesOf(root: PlanNode, samples: QuerySamples): ReadonlyMap<PlanNode, SampleTally> {
  const order = [samples.counted, samples.repeated, samples.hidden];
  const tallies = new Map<PlanNode, SampleTally>();
  const open: [PlanNode, SampleTally][] = [[root, samples.counted]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, tally] = next;
    const known = tallies.get(node);
    if (known !== undefined && order.indexOf(known) <= order.indexOf(tally)) continue;
    tallies.set(node, tally);
    for (const child of planChildren(node)) open.push([child, below(node, tally, samples)]);
  }
  return tallies;
}

function below({ kind }: PlanNode, tally: SampleTally, samples: QuerySamples): SampleTally {
  if (kind === 'subquery' || tally === samples.hidden) return samples.hidden;
  return kind === 'repeat' ? samples.repeated : tally;
}
