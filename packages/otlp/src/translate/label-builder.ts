/**
 * Labels of data points. From weakest to strongest: promoted attributes of the resource, attributes of the point,
 * `job` and `instance` of the resource, the scope, the metric name. Values of attributes whose names become one
 * label are joined by `;` in the order of their names in OTLP. An empty value stands for no label everywhere.
 */
import { compareUtf8, Labels, METRIC_NAME } from '@promontory/model';
import { ERR_OTLP_LABEL_NAME, ERR_OTLP_LABELS_MAX } from '../error-codes.ts';
import { attributeText } from '../names/attribute-text.ts';
import { LabelNamer } from '../names/label-name.ts';
import type { OtlpAttribute, OtlpResourceMetrics, OtlpScopeMetrics } from '../request.ts';
import { namingOf, type OtlpTranslationOptions } from './options.ts';
import { quoted, Refusal } from './refusal.ts';

const SERVICE_NAME = 'service.name';
const SERVICE_NAMESPACE = 'service.namespace';
const SERVICE_INSTANCE_ID = 'service.instance.id';
/** They become `job` and `instance`. */
export const IDENTIFYING_ATTRIBUTES: ReadonlySet<string> = new Set([
  SERVICE_NAMESPACE,
  SERVICE_NAME,
  SERVICE_INSTANCE_ID,
]);
const NO_NAMES: ReadonlySet<string> = new Set();

type LabelValues = Map<string, string>;

/** @param label that several attributes became */
export type CollisionListener = (label: string) => void;

/** For one request; `enterResource` comes before all else, `enterScope` before the points of each scope. */
export class LabelBuilder {
  readonly #options: OtlpTranslationOptions;
  readonly #namer: LabelNamer;
  readonly #onCollision: CollisionListener;
  readonly #promotedNames: ReadonlySet<string>;
  #promoted: LabelValues = new Map();
  #scope: LabelValues = new Map();
  #job = '';
  #instance = '';

  constructor(options: OtlpTranslationOptions, onCollision: CollisionListener) {
    this.#options = options;
    this.#onCollision = onCollision;
    this.#promotedNames = new Set(
      options.promoteAllResourceAttributes
        ? options.ignoreResourceAttributes
        : options.promoteResourceAttributes,
    );
    this.#namer = new LabelNamer({
      isEscaped: namingOf(options.translationStrategy).isEscaped,
      startsWithLetter: options.labelNameUnderscoreSanitization,
      keepsUnderscores: options.labelNamePreserveMultipleUnderscores,
    });
  }

  /** @returns why none of its data points can be translated, or null */
  enterResource({ attributes }: OtlpResourceMetrics): Refusal | null {
    const name = textOf(attributes, SERVICE_NAME);
    const namespace = textOf(attributes, SERVICE_NAMESPACE);
    this.#job = name === null ? '' : namespace === null ? name : `${namespace}/${name}`;
    this.#instance = textOf(attributes, SERVICE_INSTANCE_ID) ?? '';
    this.#promoted = new Map();
    const promoted = attributes.filter(
      ({ key }) => this.#promotedNames.has(key) !== this.#options.promoteAllResourceAttributes,
    );
    return this.#setEach(this.#promoted, promoted, '');
  }

  /** @returns why none of its data points can be translated, or null */
  enterScope({ name, version, schemaUrl, attributes }: OtlpScopeMetrics): Refusal | null {
    this.#scope = new Map();
    if (!this.#options.promoteScopeMetadata || name === '') return null;
    const refusal = this.#setEach(this.#scope, attributes, 'otel_scope_');
    this.#scope.set('otel_scope_name', name);
    this.#scope.set('otel_scope_version', version);
    this.#scope.set('otel_scope_schema_url', schemaUrl);
    return refusal;
  }

  /**
   * @param added the label beside the metric name that series of the point get, in the place of one that it has; or null
   * @returns labels of a data point without the metric name
   */
  pointLabels(attributes: readonly OtlpAttribute[], added: 'le' | 'quantile' | null): Labels | Refusal {
    const values: LabelValues = new Map();
    const refusal = this.#joinAttributes(values, attributes, NO_NAMES);
    if (refusal !== null) return refusal;
    for (const [name, value] of this.#promoted) {
      if ((values.get(name) ?? '') === '') values.set(name, value);
    }
    this.#setTarget(values);
    for (const [name, value] of this.#scope) values.set(name, value);
    return this.#toLabels(values, added);
  }

  /** @returns labels of the resource's `target_info` without the metric name */
  resourceLabels(attributes: readonly OtlpAttribute[]): Labels | Refusal {
    const values: LabelValues = new Map();
    const omitted = this.#options.keepIdentifyingResourceAttributes ? NO_NAMES : IDENTIFYING_ATTRIBUTES;
    const refusal = this.#joinAttributes(values, attributes, omitted);
    if (refusal !== null) return refusal;
    this.#setTarget(values);
    return this.#toLabels(values, null);
  }

  #setTarget(values: LabelValues): void {
    if (this.#job !== '') values.set('job', this.#job);
    if (this.#instance !== '') values.set('instance', this.#instance);
  }

  /** Of attributes that become one label the last one counts. */
  #setEach(values: LabelValues, attributes: readonly OtlpAttribute[], prefix: string): Refusal | null {
    if (attributes.length > this.#options.limits.labelsMax)
      return this.#tooMany(attributes.length, 'attributes');
    for (const { key, value } of attributes) {
      const name = this.#namer.nameOf(prefix + key);
      if (name === null) return unnameable(key);
      values.set(name, attributeText(value));
    }
    return null;
  }

  #joinAttributes(
    values: LabelValues,
    attributes: readonly OtlpAttribute[],
    omitted: ReadonlySet<string>,
  ): Refusal | null {
    if (attributes.length > this.#options.limits.labelsMax)
      return this.#tooMany(attributes.length, 'attributes');
    // Sorting is for joining only, and costs more than the rest.
    for (const { key, value } of attributes) {
      if (omitted.has(key)) continue;
      const name = this.#namer.nameOf(key);
      if (name === null) return unnameable(key);
      if (values.has(name)) return this.#joinSorted(values, attributes, omitted);
      values.set(name, attributeText(value));
    }
    return null;
  }

  #joinSorted(
    values: LabelValues,
    attributes: readonly OtlpAttribute[],
    omitted: ReadonlySet<string>,
  ): Refusal | null {
    values.clear();
    for (const { key, value } of attributes.toSorted((left, right) => compareUtf8(left.key, right.key))) {
      if (omitted.has(key)) continue;
      const name = this.#namer.nameOf(key);
      if (name === null) return unnameable(key);
      const before = values.get(name) ?? '';
      if (before !== '') this.#onCollision(name);
      values.set(name, before === '' ? attributeText(value) : `${before};${attributeText(value)}`);
    }
    return null;
  }

  #toLabels(values: LabelValues, added: string | null): Labels | Refusal {
    values.delete(METRIC_NAME);
    const pairs: string[] = [];
    for (const name of [...values.keys()].sort(compareUtf8)) {
      const value = values.get(name) ?? '';
      if (value !== '') pairs.push(name, value);
    }
    const hasMore = added !== null && (values.get(added) ?? '') === '';
    // The metric name is one.
    const count = pairs.length / 2 + 1 + (hasMore ? 1 : 0);
    return count > this.#options.limits.labelsMax
      ? this.#tooMany(count, 'labels')
      : Labels.fromSortedPairs(pairs);
  }

  #tooMany(count: number, what: 'attributes' | 'labels'): Refusal {
    const { labelsMax } = this.#options.limits;
    return new Refusal(ERR_OTLP_LABELS_MAX, `${count} ${what}, limit ${labelsMax}`);
  }
}

/** @returns null when the attribute is not there; of two the first counts */
function textOf(attributes: readonly OtlpAttribute[], key: string): string | null {
  const found = attributes.find((attribute) => attribute.key === key);
  return found === undefined ? null : attributeText(found.value);
}

function unnameable(attribute: string): Refusal {
  const why = `attribute ${quoted(attribute)} leaves nothing of a label name`;
  return new Refusal(ERR_OTLP_LABEL_NAME, why);
}
