/**
 * The static half of vector matching: which series can meet, and what the results are called. Series of the
 * "many" and the "one" side with equal signatures form a group; every distinct result label set of a group is
 * one output series. Whether series really meet is decided step by step, by the operator.
 */
import type { Labels } from '@promontory/model';
import { isComparison, isTrim, type BinaryOperator, type VectorMatching } from '../../ast/expression.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { METADATA_LABELS, type SeriesMetadata } from '../operator.ts';
import { signatureOf } from './signature.ts';

export interface MatchGroup {
  /** Indices of series, in order. */
  readonly many: number[];
  readonly one: number[];
  /** The labels that match, for error messages. */
  readonly signature: Labels;
}

/** Stands for a series that is not there, where the matching fills in a value for it. */
export const FILLED = -1;

export interface MatchOutput {
  readonly group: MatchGroup;
  readonly series: SeriesMetadata;
  /** What gives this output; more than one pair when their results have the same labels. */
  readonly pairs: MatchPair[];
}

/** Indices of series; one of the two may be FILLED. */
export interface MatchPair {
  readonly many: number;
  readonly one: number;
}

export interface MatchSides {
  readonly many: readonly SeriesMetadata[];
  readonly one: readonly SeriesMetadata[];
}

export interface MatchRules {
  readonly operator: BinaryOperator;
  readonly matching: VectorMatching;
  readonly returnBool: boolean;
}

/** Several series of the "one" side could meet, with or without a partner. */
export function isCrowded(group: MatchGroup): boolean {
  return group.one.length > 1;
}

/** The series of both sides by what must be equal. */
export function groupBySignature(
  context: QueryContext,
  sides: MatchSides,
  matching: VectorMatching,
): MatchGroup[] {
  const signatureFor = signatureOf(matching);
  const groups = new Map<string, MatchGroup>();
  const groupOf = (labels: Labels): MatchGroup => {
    context.tick();
    const signature = signatureFor(labels);
    let group = groups.get(signature.key);
    if (group === undefined) {
      context.budget.holdSeries(signature);
      group = { many: [], one: [], signature };
      groups.set(signature.key, group);
    }
    return group;
  };
  for (const [index, { labels }] of sides.many.entries()) groupOf(labels).many.push(index);
  for (const [index, { labels }] of sides.one.entries()) groupOf(labels).one.push(index);
  return [...groups.values()];
}

/**
 * What a group gives. Its pairs are held in memory, so they count as samples where they could be very many.
 *
 * @throws PromontoryError ERR_QUERY_SAMPLES_MAX
 */
export function outputsOf(
  context: QueryContext,
  group: MatchGroup,
  sides: MatchSides,
  rules: MatchRules,
): MatchOutput[] {
  if (isCrowded(group)) context.budget.hold(group.many.length * group.one.length);
  const outputs = new Map<string, MatchOutput>();
  for (const pair of pairsOf(group, rules.matching)) {
    context.tick();
    const many = sides.many[pair.many];
    const labels = resultLabels(
      many?.labels ?? group.signature,
      sides.one[pair.one]?.labels ?? group.signature,
      rules,
    );
    const known = outputs.get(labels.key);
    if (known !== undefined) {
      known.pairs.push(pair);
      continue;
    }
    context.labelBudget.holdCopy(labels);
    context.budget.holdSeries(labels);
    outputs.set(labels.key, { group, series: { labels, dropName: rules.returnBool }, pairs: [pair] });
  }
  return [...outputs.values()];
}

/** As in Prometheus, `fill_left` fills in the "many" side and `fill_right` the "one" side, also of group_right. */
function* pairsOf(group: MatchGroup, { fill }: VectorMatching): Generator<MatchPair> {
  for (const many of group.many) {
    for (const one of group.one) yield { many, one };
    if (fill.right !== null) yield { many, one: FILLED };
  }
  if (fill.left === null) return;
  for (const one of group.one) yield { many: FILLED, one };
}

/** Comparisons and trims give samples of the left side, other operators new quantities. */
function keepsName(operator: BinaryOperator): boolean {
  return isComparison(operator) || isTrim(operator);
}

function resultLabels(many: Labels, one: Labels, rules: MatchRules): Labels {
  const { operator, matching } = rules;
  let labels = keepsName(operator) ? many : many.drop(METADATA_LABELS);
  if (matching.cardinality === 'one-to-one') {
    const names = new Set(matching.labelNames);
    labels = matching.on ? labels.keep(names) : labels.drop(names);
  }
  for (const name of matching.includedNames) labels = labels.with(name, one.get(name));
  return labels;
}
