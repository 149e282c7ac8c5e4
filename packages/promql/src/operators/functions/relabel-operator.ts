/** label_replace and label_join: new labels, the same values. The caller merges what became equal. */
import { WorkTicker } from '@promontory/base';
import { type LabelRegex, METRIC_NAME, type Labels } from '@promontory/model';
import { executionError } from '../../evaluate/execution-error.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import type { StepColumn } from '../../evaluate/step-column.ts';
import { isValidUtf8, quoteString } from '../../parser/string-literal.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import { expandTemplate } from './expand-template.ts';

/** @returns the new value of the target label, or null to leave the labels alone */
type Relabel = (labels: Labels) => string | null;

export class RelabelOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operand: VectorOperator;
  readonly #targetName: string;
  readonly #relabel: Relabel;
  #series: SeriesMetadata[] | null = null;

  constructor(context: QueryContext, operand: VectorOperator, targetName: string, relabel: Relabel) {
    this.#context = context;
    this.#operand = operand;
    this.#targetName = targetName;
    this.#relabel = relabel;
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= this.#operand.series().map((series) => this.#relabelled(series));
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#operand.read(seriesIndex, target);
  }

  #relabelled(series: SeriesMetadata): SeriesMetadata {
    // A template or a list of labels can be long, so even a single series takes its time.
    this.#context.checkpoint();
    const value = this.#relabel(series.labels);
    if (value === null) return series;
    this.#context.labelBudget.hold(value);
    const dropName = this.#targetName !== METRIC_NAME && series.dropName;
    const labels = series.labels.with(this.#targetName, value);
    this.#context.labelBudget.holdCopy(labels);
    this.#context.budget.holdSeries(labels);
    return { labels, dropName };
  }
}

export interface LabelReplaceArguments {
  readonly target: string;
  readonly template: string;
  readonly source: string;
  readonly pattern: string;
}

/** @throws PromontoryError ERR_QUERY_EXECUTION for an invalid label name or regex */
export function labelReplace(
  context: QueryContext,
  operand: VectorOperator,
  args: LabelReplaceArguments,
): VectorOperator {
  const regex = compile(context, args.pattern);
  requireLabelName('label_replace', args.target);
  const ticker = new WorkTicker(() => context.checkpoint());
  const grow = (length: number): void => context.labelBudget.requireFits(length);
  return new RelabelOperator(context, operand, args.target, (labels) => {
    const capture = regex.capture(labels.get(args.source), ticker);
    return capture === null ? null : expandTemplate(args.template, capture, grow);
  });
}

/** @throws PromontoryError ERR_QUERY_EXECUTION for an invalid label name */
export function labelJoin(
  context: QueryContext,
  operand: VectorOperator,
  target: string,
  separator: string,
  sources: readonly string[],
): VectorOperator {
  for (const source of sources) requireLabelName('label_join', source, 'source ');
  requireLabelName('label_join', target);
  const separatorsLength = separator.length * Math.max(0, sources.length - 1);
  return new RelabelOperator(context, operand, target, (labels) => {
    const values = sources.map((source) => labels.get(source));
    const length = values.reduce((sum, value) => sum + value.length, separatorsLength);
    context.labelBudget.requireFits(length);
    return values.join(separator);
  });
}

function compile(context: QueryContext, pattern: string): LabelRegex {
  try {
    return context.regexOf(pattern);
  } catch {
    throw executionError(`invalid regular expression in label_replace(): ${pattern}`);
  }
}

function requireLabelName(functionName: string, name: string, role = 'destination '): void {
  if (name !== '' && isValidUtf8(name)) return;
  throw executionError(`invalid ${role}label name in ${functionName}(): ${quoteString(name).slice(1, -1)}`);
}
