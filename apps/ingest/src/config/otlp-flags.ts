/** Settings of the OTLP receiver: Prometheus's options of the section `otlp`, each a flag. */
import {
  DEFAULT_OTLP_TRANSLATION_OPTIONS,
  OTLP_TRANSLATION_STRATEGIES,
  type OtlpTranslationOptions,
  type OtlpTranslationStrategy,
  otlpTranslationOptions,
} from '@promontory/otlp';
import { DEFAULT_SERIES_LABEL_LIMITS } from '@promontory/wire';
import { type Flag, optional, withDefault } from './flag.ts';
import { parseNames, parseSwitch } from './value-parsers.ts';

type OptionKey = Exclude<keyof OtlpTranslationOptions, 'lookbackDeltaMs' | 'limits'>;

/** The least that the translation halves. */
const LOOKBACK_DELTA_MS_MIN = 2;

/** Of each option of the translation, the setting with its value. */
const SETTING_OF_OPTION = {
  promoteResourceAttributes: 'otlpPromoteResourceAttributes',
  promoteAllResourceAttributes: 'otlpPromoteAllResourceAttributes',
  ignoreResourceAttributes: 'otlpIgnoreResourceAttributes',
  translationStrategy: 'otlpTranslationStrategy',
  keepIdentifyingResourceAttributes: 'otlpKeepIdentifyingResourceAttributes',
  convertHistogramsToNhcb: 'otlpConvertHistogramsToNhcb',
  promoteScopeMetadata: 'otlpPromoteScopeMetadata',
  labelNameUnderscoreSanitization: 'otlpLabelNameUnderscoreSanitization',
  labelNamePreserveMultipleUnderscores: 'otlpLabelNamePreserveMultipleUnderscores',
} as const satisfies Record<OptionKey, string>;

function switchFlag(name: string, option: OptionKey, help: string): Flag<boolean> {
  const defaultText = DEFAULT_OTLP_TRANSLATION_OPTIONS[option] === true ? 'on' : 'off';
  return withDefault({
    name,
    placeholder: 'SWITCH',
    help: `${help}; on or off`,
    parse: parseSwitch,
    defaultText,
  });
}

function parseStrategy(text: string): OtlpTranslationStrategy {
  const strategy = OTLP_TRANSLATION_STRATEGIES.find((known) => known === text);
  if (strategy === undefined) throw new Error(`want one of ${OTLP_TRANSLATION_STRATEGIES.join(', ')}`);
  return strategy;
}

export const OTLP_FLAGS = {
  otlpPromoteResourceAttributes: optional({
    name: 'otlp-promote-resource-attributes',
    placeholder: 'NAMES',
    help: 'resource attributes of OTLP that become labels of every series, separated by commas',
    parse: parseNames,
    isList: true,
  }),
  otlpPromoteAllResourceAttributes: switchFlag(
    'otlp-promote-all-resource-attributes',
    'promoteAllResourceAttributes',
    'all resource attributes of OTLP become labels of every series',
  ),
  otlpIgnoreResourceAttributes: optional({
    name: 'otlp-ignore-resource-attributes',
    placeholder: 'NAMES',
    help: 'but for these, separated by commas',
    parse: parseNames,
    isList: true,
  }),
  otlpTranslationStrategy: withDefault({
    name: 'otlp-translation-strategy',
    placeholder: 'NAME',
    help: 'whether names of OTLP keep their characters, and metric names get suffixes of unit and type',
    parse: parseStrategy,
    defaultText: DEFAULT_OTLP_TRANSLATION_OPTIONS.translationStrategy,
  }),
  otlpKeepIdentifyingResourceAttributes: switchFlag(
    'otlp-keep-identifying-resource-attributes',
    'keepIdentifyingResourceAttributes',
    'target_info has service.name and the like as labels beside job and instance',
  ),
  otlpConvertHistogramsToNhcb: switchFlag(
    'otlp-convert-histograms-to-nhcb',
    'convertHistogramsToNhcb',
    'histograms of OTLP with explicit bounds become native ones with custom buckets',
  ),
  otlpPromoteScopeMetadata: switchFlag(
    'otlp-promote-scope-metadata',
    'promoteScopeMetadata',
    'name, version, schema URL and attributes of the scope become labels otel_scope_…',
  ),
  otlpLabelNameUnderscoreSanitization: switchFlag(
    'otlp-label-name-underscore-sanitization',
    'labelNameUnderscoreSanitization',
    'escaped label names that begin with one underscore get key in front',
  ),
  otlpLabelNamePreserveMultipleUnderscores: switchFlag(
    'otlp-label-name-preserve-multiple-underscores',
    'labelNamePreserveMultipleUnderscores',
    'runs of underscores in escaped label names stay as they are',
  ),
};

/** What the settings above are. */
export type OtlpSettings = {
  readonly [Key in keyof typeof OTLP_FLAGS]: (typeof OTLP_FLAGS)[Key] extends Flag<infer T> ? T : never;
};

/**
 * @param settings and, of the server's others, the lookback of queries
 * @throws PromontoryError ERR_OTLP_OPTIONS_INVALID, which names options as their package does
 */
export function otlpOptionsOf(
  settings: OtlpSettings & { readonly lookbackDeltaMs: number },
): OtlpTranslationOptions {
  const given = Object.entries(SETTING_OF_OPTION)
    .map(([option, setting]) => [option, settings[setting]] as const)
    .filter(([, value]) => value !== null);
  return otlpTranslationOptions({
    ...(Object.fromEntries(given) as Partial<OtlpTranslationOptions>),
    lookbackDeltaMs: Math.max(LOOKBACK_DELTA_MS_MIN, settings.lookbackDeltaMs),
    limits: {
      ...DEFAULT_OTLP_TRANSLATION_OPTIONS.limits,
      labelsMax: DEFAULT_SERIES_LABEL_LIMITS.labelsMax,
    },
  });
}

/** A text that names options, with the flags in their place. */
export function withFlagNames(text: string): string {
  return text.replaceAll(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, (word) =>
    Object.hasOwn(SETTING_OF_OPTION, word)
      ? `--${OTLP_FLAGS[SETTING_OF_OPTION[word as OptionKey]].name}`
      : word,
  );
}
