/**
 * What is asked of both servers. Everything looks back at most 20 s from the time of the query, so that only
 * samples count that remote write has sent from the start.
 */

/** The only one that finds nothing. */
export const EMPTY_QUERY = 'a_metric_that_nobody_has';

/** Asked as they are at one time, and every second or so over the last seconds. */
export const BOTH_WAYS: readonly string[] = [
  // Selectors.
  'up',
  'up{job="node"}',
  '{__name__="up", instance!=""}',
  '{__name__=~"scrape_.*", job!="node"}',
  'node_cpu_seconds_total{mode!~"idle|iowait|steal"}',
  'prometheus_http_requests_total{code=~"2..", handler=~"/(metrics|api/.*)"}',
  EMPTY_QUERY,
  'up offset 5s',
  'node_load1 offset 3s',
  // Counters.
  'rate(prometheus_http_requests_total[10s])',
  'rate(node_cpu_seconds_total{mode="user"}[5s])',
  'increase(node_cpu_seconds_total[15s])',
  'irate(prometheus_tsdb_head_samples_appended_total[10s])',
  'rate(process_cpu_seconds_total[10s] offset 5s)',
  // Gauges over time.
  'delta(node_memory_MemFree_bytes[10s])',
  'avg_over_time(node_memory_MemFree_bytes[10s])',
  'min_over_time(go_goroutines[10s])',
  'max_over_time(go_memstats_heap_alloc_bytes[10s])',
  'sum_over_time(up[10s])',
  'count_over_time(prometheus_tsdb_head_series[10s])',
  'last_over_time(node_load1[5s])',
  'present_over_time(up[5s])',
  'quantile_over_time(0.75, scrape_duration_seconds[15s])',
  'stddev_over_time(scrape_duration_seconds[15s])',
  'stdvar_over_time(scrape_duration_seconds[15s])',
  // Aggregations.
  'sum(node_cpu_seconds_total)',
  'sum by (mode) (node_cpu_seconds_total)',
  'sum without (cpu, mode) (rate(node_cpu_seconds_total[10s]))',
  'avg by (job) (scrape_duration_seconds)',
  'min by (instance) ({__name__=~"process_(resident|virtual)_memory_bytes"})',
  'max without (handler) (prometheus_http_response_size_bytes_sum)',
  'count by (__name__) ({job="node"})',
  'group by (job) (up)',
  'stddev(scrape_samples_scraped)',
  'stdvar by (job) (node_cpu_seconds_total{mode="idle"})',
  'topk(3, node_memory_MemTotal_bytes + on(instance) group_right() node_cpu_seconds_total{cpu="0"})',
  'topk by (job) (1, scrape_samples_scraped)',
  'bottomk(1, process_resident_memory_bytes)',
  'quantile(0.9, node_cpu_seconds_total)',
  'quantile by (job) (0.5, scrape_duration_seconds)',
  // Binary operators.
  'node_memory_MemTotal_bytes - node_memory_MemFree_bytes',
  '100 * node_filesystem_avail_bytes / node_filesystem_size_bytes',
  'node_cpu_seconds_total > 1',
  'scrape_samples_scraped > bool 500',
  'node_cpu_seconds_total{mode="user"} / ignoring(mode) node_cpu_seconds_total{mode="system"}',
  'sum by (instance) (up) + on(instance) sum by (instance) (scrape_samples_scraped)',
  'node_cpu_seconds_total / on(instance) group_left() node_memory_MemTotal_bytes',
  'up * on(instance) group_left(version) prometheus_build_info',
  'node_memory_MemTotal_bytes * on(instance) group_right() node_cpu_seconds_total{mode="idle"}',
  'up and on(job) scrape_samples_scraped > 0',
  'up{job="node"} or up{job="prometheus"}',
  'scrape_samples_scraped unless on(job) up{job="node"}',
  // Classic histograms.
  'histogram_quantile(0.9, rate(prometheus_http_request_duration_seconds_bucket[15s]))',
  'histogram_quantile(0.5, sum by (le) (prometheus_http_request_duration_seconds_bucket))',
  'histogram_quantile(0.99, sum by (le, handler) (prometheus_http_response_size_bytes_bucket))',
];

/** Every stored sample with its time, as far back as the others look. */
export const RAW_SAMPLES: readonly string[] = ['{job="node"}[20s]', '{job="prometheus"}[20s]'];
