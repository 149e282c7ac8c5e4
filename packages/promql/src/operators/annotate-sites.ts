import type { PositionRange } from '../ast/position.ts';
import type { Annotation } from '../evaluate/annotation-texts.ts';
import type { QueryContext } from '../evaluate/query-context.ts';
import type { PlanNode, Site } from '../plan/plan-node.ts';

/**
 * Says something at every place where a node stands.
 *
 * @param placeOf where in the place; the whole expression unless said otherwise
 */
export function annotateSites(
  context: QueryContext,
  { sites }: Pick<PlanNode, 'sites'>,
  annotation: Annotation,
  placeOf: (site: Site) => PositionRange = ownPlace,
): void {
  for (const site of sites) context.annotations.add(annotation, placeOf(site), site.order);
}

function ownPlace({ own }: Site): PositionRange {
  return own;
}
