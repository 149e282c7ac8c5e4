/** How exports are translated: the options of Prometheus's `otlp` section under their names in camel case, and bounds. */
import { PromontoryError } from '@promontory/base';
import { HISTOGRAM_BUCKETS_MAX } from '@promontory/model';
import { ERR_OTLP_OPTIONS_INVALID } from '../error-codes.ts';

/** Whether names keep their characters, and whether metric names get suffixes for unit and type. */
const STRATEGIES = {
  UnderscoreEscapingWithSuffixes: { isEscaped: true, hasSuffixes: true },
  UnderscoreEscapingWithoutSuffixes: { isEscaped: true, hasSuffixes: false },
  NoUTF8EscapingWithSuffixes: { isEscaped: false, hasSuffixes: true },
  NoTranslation: { isEscaped: false, hasSuffixes: false },
} as const;

export type OtlpTranslationStrategy = keyof typeof STRATEGIES;

export const OTLP_TRANSLATION_STRATEGIES = Object.keys(STRATEGIES) as readonly OtlpTranslationStrategy[];

export interface OtlpTranslationOptions {
  readonly translationStrategy: OtlpTranslationStrategy;
  /** Resource attributes that become labels of every series, by their names in OTLP. */
  readonly promoteResourceAttributes: readonly string[];
  /** All of them do, but for the ignored ones; excludes `promoteResourceAttributes`. */
  readonly promoteAllResourceAttributes: boolean;
  /** Only with `promoteAllResourceAttributes`. */
  readonly ignoreResourceAttributes: readonly string[];
  /** Whether `target_info` has `service_name` and the like beside `job` and `instance`. */
  readonly keepIdentifyingResourceAttributes: boolean;
  /** Histograms with explicit bounds become native ones with custom buckets, not series of buckets. */
  readonly convertHistogramsToNhcb: boolean;
  /** Name, version, schema URL and attributes of the scope become labels `otel_scope_…`. */
  readonly promoteScopeMetadata: boolean;
  /** Escaped label names that would begin with one underscore get `key` in front. */
  readonly labelNameUnderscoreSanitization: boolean;
  /** Each character that is escaped in a label name becomes an underscore; otherwise runs become one. */
  readonly labelNamePreserveMultipleUnderscores: boolean;
  /** Samples of `target_info` are at most half of this apart, so that instant queries find them. */
  readonly lookbackDeltaMs: number;
  readonly limits: OtlpTranslationLimits;
}

export interface OtlpTranslationLimits {
  /** Samples and histograms that one request may become; beyond, it is refused whole. */
  readonly samplesMax: number;
  /** What the labels of all series of a request may take in memory, about; beyond, it is refused whole. */
  readonly seriesBytesMax: number;
  /** Labels of a series, its name included; data points beyond are refused. */
  readonly labelsMax: number;
  /** Buckets of a histogram, quantiles of a summary; data points beyond are refused. */
  readonly bucketsMax: number;
}

export const DEFAULT_OTLP_TRANSLATION_OPTIONS: OtlpTranslationOptions = {
  translationStrategy: 'UnderscoreEscapingWithSuffixes',
  promoteResourceAttributes: [],
  promoteAllResourceAttributes: false,
  ignoreResourceAttributes: [],
  keepIdentifyingResourceAttributes: false,
  convertHistogramsToNhcb: false,
  promoteScopeMetadata: false,
  labelNameUnderscoreSanitization: true,
  labelNamePreserveMultipleUnderscores: true,
  lookbackDeltaMs: 300_000,
  limits: {
    samplesMax: 500_000,
    seriesBytesMax: 256 * 2 ** 20,
    labelsMax: 64,
    bucketsMax: HISTOGRAM_BUCKETS_MAX,
  },
};

/**
 * @returns all options, the defaults for what is not given
 * @throws PromontoryError ERR_OTLP_OPTIONS_INVALID (bad-data), as Prometheus refuses such a configuration
 */
export function otlpTranslationOptions(given: Partial<OtlpTranslationOptions> = {}): OtlpTranslationOptions {
  const options = { ...DEFAULT_OTLP_TRANSLATION_OPTIONS, ...given };
  const fault = findFault(options);
  if (fault === null) return options;
  throw new PromontoryError(`cannot translate OTLP exports: ${fault}`, {
    code: ERR_OTLP_OPTIONS_INVALID,
    kind: 'bad-data',
  });
}

export function namingOf(strategy: OtlpTranslationStrategy): { isEscaped: boolean; hasSuffixes: boolean } {
  return STRATEGIES[strategy];
}

function findFault(options: OtlpTranslationOptions): string | null {
  if (!OTLP_TRANSLATION_STRATEGIES.includes(options.translationStrategy)) {
    const known = OTLP_TRANSLATION_STRATEGIES.join(', ');
    return `there is no translationStrategy "${options.translationStrategy}", want one of ${known}`;
  }
  if (options.promoteAllResourceAttributes) {
    if (options.promoteResourceAttributes.length > 0) {
      return 'promoteAllResourceAttributes and promoteResourceAttributes exclude each other';
    }
  } else if (options.ignoreResourceAttributes.length > 0) {
    return 'ignoreResourceAttributes goes only with promoteAllResourceAttributes';
  }
  return (
    findNameFault('promoteResourceAttributes', options.promoteResourceAttributes) ??
    findNameFault('ignoreResourceAttributes', options.ignoreResourceAttributes) ??
    findNumberFault({ lookbackDeltaMs: options.lookbackDeltaMs, ...options.limits })
  );
}

function findNameFault(option: string, names: readonly string[]): string | null {
  for (const [index, name] of names.entries()) {
    if (name.trim() === '') return `${option} holds an empty name`;
    if (names.indexOf(name) !== index) return `${option} holds "${name}" twice`;
  }
  return null;
}

function findNumberFault(numbers: Readonly<Record<string, number>>): string | null {
  const found = Object.entries(numbers).find(([, number]) => !(Number.isInteger(number) && number >= 2));
  return found === undefined ? null : `${found[0]} is ${found[1]}, want a whole number of 2 or more`;
}
