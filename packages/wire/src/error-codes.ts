/** The bytes are not a protobuf message, or not one of the expected shape. */
export const ERR_PROTOBUF_INVALID = 'ERR_PROTOBUF_INVALID';
/** A write request holds more samples than one request may. */
export const ERR_WRITE_SAMPLES_MAX = 'ERR_WRITE_SAMPLES_MAX';
/** A remote-write 2.0 request holds more symbols than one request may. */
export const ERR_WRITE_SYMBOLS_MAX = 'ERR_WRITE_SYMBOLS_MAX';
/** A series, exemplar or metadata of remote write 2.0 refers to symbols that are not there, or to half a label. */
export const ERR_SYMBOL_REF_INVALID = 'ERR_SYMBOL_REF_INVALID';
/** A series of remote write 2.0 has nothing to store. */
export const ERR_SERIES_EMPTY = 'ERR_SERIES_EMPTY';
/** A write request holds more bytes of native histograms than one request may. */
export const ERR_WRITE_HISTOGRAM_BYTES_MAX = 'ERR_WRITE_HISTOGRAM_BYTES_MAX';
/** A series has no `__name__` label. */
export const ERR_SERIES_METRIC_NAME_MISSING = 'ERR_SERIES_METRIC_NAME_MISSING';
/** A series has more labels than allowed. */
export const ERR_SERIES_LABELS_MAX = 'ERR_SERIES_LABELS_MAX';
/** A label has an empty name. */
export const ERR_LABEL_NAME_EMPTY = 'ERR_LABEL_NAME_EMPTY';
/** A label name is longer than allowed. */
export const ERR_LABEL_NAME_BYTES_MAX = 'ERR_LABEL_NAME_BYTES_MAX';
/** A label value is longer than allowed. */
export const ERR_LABEL_VALUE_BYTES_MAX = 'ERR_LABEL_VALUE_BYTES_MAX';
/** A label name or value is not valid UTF-8. */
export const ERR_LABEL_UTF8_INVALID = 'ERR_LABEL_UTF8_INVALID';
/** A series has two labels of one name. */
export const ERR_LABEL_DUPLICATE = 'ERR_LABEL_DUPLICATE';
/** Retired: native histograms were decoded and not stored. */
export const ERR_HISTOGRAM_NOT_STORED = 'ERR_HISTOGRAM_NOT_STORED';
/** Compressed bytes are not a valid snappy block, or declare another length than they hold. */
export const ERR_SNAPPY_INVALID = 'ERR_SNAPPY_INVALID';
/** The declared decompressed length is above the limit; nothing was allocated. */
export const ERR_SNAPPY_TOO_LARGE = 'ERR_SNAPPY_TOO_LARGE';
/** Bytes are not a chunk of samples in Prometheus's formats. */
export const ERR_CHUNK_INVALID = 'ERR_CHUNK_INVALID';
/** A frame of a chunked remote-read response is too large, torn, or fails its checksum. */
export const ERR_READ_FRAME_INVALID = 'ERR_READ_FRAME_INVALID';
/** The answer to a remote read would be larger than a response of samples may be. */
export const ERR_READ_RESPONSE_BYTES_MAX = 'ERR_READ_RESPONSE_BYTES_MAX';
/** A read request has more queries than one request may. */
export const ERR_READ_QUERIES_MAX = 'ERR_READ_QUERIES_MAX';
/** A read request has more matchers, names in its hints or characters in its regexes than one request may. */
export const ERR_READ_MATCHERS_MAX = 'ERR_READ_MATCHERS_MAX';
