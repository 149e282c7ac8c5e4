/** The body of an OTLP export is not the protobuf message that it says it is. */
export const ERR_OTLP_PROTOBUF_INVALID = 'ERR_OTLP_PROTOBUF_INVALID';
/** The body of an OTLP export is not JSON, or a member of it is not of its type. */
export const ERR_OTLP_JSON_INVALID = 'ERR_OTLP_JSON_INVALID';
/** An OTLP export nests arrays and maps in an attribute, or objects and arrays of JSON, deeper than is read. */
export const ERR_OTLP_DEPTH_MAX = 'ERR_OTLP_DEPTH_MAX';
/** An OTLP export has more messages, nested ones counted, more values of JSON or more counts of buckets than one request may have. */
export const ERR_OTLP_MESSAGES_MAX = 'ERR_OTLP_MESSAGES_MAX';
/** An OTLP export has more data points than one request may have. */
export const ERR_OTLP_DATA_POINTS_MAX = 'ERR_OTLP_DATA_POINTS_MAX';
/** An OTLP export becomes more samples, one a bucket, or longer labels in all than one request may become. */
export const ERR_OTLP_SAMPLES_MAX = 'ERR_OTLP_SAMPLES_MAX';
/** The options of the OTLP translation contradict each other, or one has a value that there is not. */
export const ERR_OTLP_OPTIONS_INVALID = 'ERR_OTLP_OPTIONS_INVALID';
/** A sum or histogram of OTLP is not cumulative. */
export const ERR_OTLP_TEMPORALITY = 'ERR_OTLP_TEMPORALITY';
/** Nothing is left of the name of an OTLP metric as a Prometheus name. */
export const ERR_OTLP_METRIC_NAME = 'ERR_OTLP_METRIC_NAME';
/** Nothing is left of the name of an OTLP attribute as a label name. */
export const ERR_OTLP_LABEL_NAME = 'ERR_OTLP_LABEL_NAME';
/** A data point of OTLP has more attributes than a series may have labels. */
export const ERR_OTLP_LABELS_MAX = 'ERR_OTLP_LABELS_MAX';
/** A data point of OTLP has no time. */
export const ERR_OTLP_TIMESTAMP = 'ERR_OTLP_TIMESTAMP';
/** A histogram of OTLP has more buckets, or a summary more quantiles, than are taken. */
export const ERR_OTLP_BUCKETS_MAX = 'ERR_OTLP_BUCKETS_MAX';
/** An exponential histogram of OTLP is coarser than native histograms can be. */
export const ERR_OTLP_SCALE = 'ERR_OTLP_SCALE';
