/** What this server can do, in Prometheus's categories: category → name → whether it is there and on. */
import { LANGUAGE_PARTS } from '@promontory/promql';
import { jsonSuccess } from '../json/json-success.ts';
import type { FeatureSwitches, ServerEndpoint } from './server-services.ts';

type Switches = Readonly<Record<string, boolean>>;

export const featuresEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/features',
  handle: ({ services }) => jsonSuccess(featuresOf(services.features)),
};

function featuresOf(switches: FeatureSwitches): Readonly<Record<string, Switches>> {
  return {
    api: apiFeatures(switches),
    otlp_receiver: { delta_conversion: false, native_delta_ingestion: false },
    prometheus: { agent_mode: false, auto_reload_config: false, server_mode: true, stringlabels: false },
    promql: promqlFeatures(switches.experimentalPromql),
    promql_functions: partsOf(LANGUAGE_PARTS.functions, switches.experimentalPromql),
    promql_operators: partsOf(LANGUAGE_PARTS.operators, switches.experimentalPromql),
    rules: { concurrent_rule_eval: false, keep_firing_for: false, query_offset: false },
    scrape: {
      extra_scrape_metrics: false,
      start_timestamp_zero_ingestion: false,
      type_and_unit_labels: false,
    },
    service_discovery_providers: {},
    templating_functions: {},
    tsdb: {
      delayed_compaction: false,
      exemplar_storage: switches.exemplarStorage,
      isolation: true,
      native_histograms: true,
      use_uncached_io: false,
    },
    ui: { ui_v2: false, ui_v3: false },
  };
}

function apiFeatures({ adminApi, lifecycleApi, otlpReceiver }: FeatureSwitches): Switches {
  return {
    admin: adminApi,
    exclude_alerts: true,
    label_values_match: true,
    lifecycle: lifecycleApi,
    'openapi_3.1': true,
    'openapi_3.2': true,
    otlp_write_receiver: otlpReceiver,
    query_stats: true,
    query_warnings: true,
    remote_write_receiver: true,
    time_range_labels: true,
    time_range_series: true,
  };
}

function promqlFeatures(isExperimental: boolean): Switches {
  return {
    anchored: isExperimental,
    at_modifier: true,
    bool: true,
    by: true,
    delayed_name_removal: true,
    duration_expr: true,
    fill: isExperimental,
    fill_left: isExperimental,
    fill_right: isExperimental,
    group_left: true,
    group_right: true,
    ignoring: true,
    negative_offset: true,
    offset: true,
    on: true,
    per_query_lookback_delta: true,
    per_step_stats: true,
    smoothed: isExperimental,
    subqueries: true,
    type_and_unit_labels: false,
    without: true,
  };
}

function partsOf(parts: ReadonlyMap<string, boolean>, allowsExperimental: boolean): Switches {
  return Object.fromEntries(
    Array.from(
      parts,
      ([name, isExperimental]) => [name, !isExperimental || allowsExperimental] as const,
    ).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}
