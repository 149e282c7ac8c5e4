/** What a person can change so that samples refused for a reason are accepted. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['ERR_SAMPLE_TOO_FAR_IN_FUTURE', "check the sender's clock, or raise --future-window"],
  ['ERR_SAMPLE_TOO_OLD', 'send samples within the retention, or raise --retention'],
  [
    'ERR_SAMPLE_OUT_OF_ORDER',
    'send the samples of a series in order of time, or raise --out-of-order-window',
  ],
  [
    'ERR_SAMPLE_DUPLICATE',
    'two senders write the same series: give each its own external_labels, or stop one of them',
  ],
  ['ERR_SERIES_MAX', 'drop labels with many values by write_relabel_configs, or raise --series-max'],
  [
    'ERR_SERIES_PER_METRIC_MAX',
    'drop labels of the metric with many values by write_relabel_configs, or raise --series-per-metric-max',
  ],
  ['ERR_SAMPLE_START_AFTER_TIME', "correct the exporter's start timestamps, or the clock of its host"],
  ['ERR_HISTOGRAM_INVALID', 'correct the exporter: the example names the rule'],
  ['ERR_EXEMPLAR_INVALID', "shorten the exemplar's labels to 128 characters in all"],
  ['ERR_METADATA_INVALID', 'correct the type, unit or help of the metric in the exporter'],
  ['ERR_LABELS_INVALID', 'give the series a metric name, or drop labels by write_relabel_configs'],
  ['ERR_TIMESTAMP_INVALID', 'send whole milliseconds'],
  ['ERR_SERIES_METRIC_NAME_MISSING', 'every series needs a __name__ label'],
  ['ERR_SERIES_LABELS_MAX', 'drop labels by write_relabel_configs'],
  ['ERR_LABEL_NAME_EMPTY', 'drop the label without a name by write_relabel_configs'],
  ['ERR_LABEL_NAME_BYTES_MAX', 'shorten the label name by write_relabel_configs'],
  ['ERR_LABEL_VALUE_BYTES_MAX', 'shorten or drop the label by write_relabel_configs'],
  ['ERR_LABEL_UTF8_INVALID', 'label names and values must be UTF-8'],
  ['ERR_LABEL_DUPLICATE', 'a label may be given once per series'],
  ['ERR_SYMBOL_REF_INVALID', 'the sender encodes remote write 2.0 wrongly: tell its authors, or send 1.0'],
  ['ERR_SERIES_EMPTY', 'leave out series that have nothing to store'],
]);

/** @returns '' for a reason without advice */
export function writeAdvice(code: string): string {
  return ADVICE.get(code) ?? '';
}
