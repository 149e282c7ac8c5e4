/** LMDB could not commit a transaction: disk full, I/O error. The samples were not acknowledged. */
export const ERR_STORE_WRITE = 'ERR_STORE_WRITE';
/** The system or LMDB could not open or read a part of the database, though nothing says that it is damaged. */
export const ERR_STORE_READ = 'ERR_STORE_READ';
/** Another process (or another opener in this one) holds the data directory. */
export const ERR_STORE_LOCKED = 'ERR_STORE_LOCKED';
/** A stored record fails its checksum or is malformed. */
export const ERR_STORE_CORRUPT = 'ERR_STORE_CORRUPT';
/** The data directory was written by a version with another format. */
export const ERR_STORE_FORMAT_VERSION = 'ERR_STORE_FORMAT_VERSION';
/** The database was closed. */
export const ERR_STORE_CLOSED = 'ERR_STORE_CLOSED';
/** A sample lies further in the future than the future window allows. */
export const ERR_SAMPLE_TOO_FAR_IN_FUTURE = 'ERR_SAMPLE_TOO_FAR_IN_FUTURE';
/** A sample is older than the retention: it would be deleted at once. */
export const ERR_SAMPLE_TOO_OLD = 'ERR_SAMPLE_TOO_OLD';
/** A sample is older than its series' newest by more than the out-of-order window. */
export const ERR_SAMPLE_OUT_OF_ORDER = 'ERR_SAMPLE_OUT_OF_ORDER';
/** The series already has another value at this timestamp. */
export const ERR_SAMPLE_DUPLICATE = 'ERR_SAMPLE_DUPLICATE';
/** The memory for samples that are not in blocks yet is full: the flush has to catch up, or open series sets hold it. */
export const ERR_HEAD_FULL = 'ERR_HEAD_FULL';
/** The database holds as many series as it may: a new one was refused. */
export const ERR_SERIES_MAX = 'ERR_SERIES_MAX';
/** The metric has as many series as one metric may: a new one was refused. */
export const ERR_SERIES_PER_METRIC_MAX = 'ERR_SERIES_PER_METRIC_MAX';
/** Whether a commit is on disk is not known, or memory lacks what is on disk, until the database is opened again. */
export const ERR_STORE_FAILED = 'ERR_STORE_FAILED';
/** A timestamp is not a whole number of milliseconds, or further from the epoch than 2^52 ms. */
export const ERR_TIMESTAMP_INVALID = 'ERR_TIMESTAMP_INVALID';
/** Labels without a metric name, not sorted, not unique, empty, not UTF-8, or above a limit on labels. */
export const ERR_LABELS_INVALID = 'ERR_LABELS_INVALID';
/** The disk is nearly full: writing would use the reserve. Reading goes on. */
export const ERR_DISK_FULL = 'ERR_DISK_FULL';
/** An exemplar has too many characters in its labels, or no usable timestamp. */
export const ERR_EXEMPLAR_INVALID = 'ERR_EXEMPLAR_INVALID';
/** Metadata without a metric name, with an unknown type, or with a text above its limit. */
export const ERR_METADATA_INVALID = 'ERR_METADATA_INVALID';
/** The start timestamp of a sample lies after the sample's own time. */
export const ERR_SAMPLE_START_AFTER_TIME = 'ERR_SAMPLE_START_AFTER_TIME';
/** More samples a second are sent than the database may take. */
export const ERR_SAMPLE_RATE = 'ERR_SAMPLE_RATE';
/** An option or limit that the database was opened with is unknown, or not one it can work with. */
export const ERR_LIMIT_INVALID = 'ERR_LIMIT_INVALID';
/** A batch has more samples, or more bytes of histograms, than one record of the log may. */
export const ERR_BATCH_TOO_LARGE = 'ERR_BATCH_TOO_LARGE';
/** As much metadata is stored as may be, in number or bytes: what a writer said was not stored. */
export const ERR_METADATA_MAX = 'ERR_METADATA_MAX';
/** A deletion names no series by a label that they must have, or no range of time. */
export const ERR_DELETION_INVALID = 'ERR_DELETION_INVALID';
/** As many deletions wait for the rewriting of their blocks as may. */
export const ERR_DELETIONS_MAX = 'ERR_DELETIONS_MAX';
/** The folder that a backup or a restored database is to go to is not empty, is not a folder, or is in the folder of the database. */
export const ERR_BACKUP_TARGET = 'ERR_BACKUP_TARGET';
/** A backup or a restored database could not be written: disk full, I/O error. */
export const ERR_BACKUP_WRITE = 'ERR_BACKUP_WRITE';
/** A backup is unfinished or damaged: nothing was restored. */
export const ERR_BACKUP_INVALID = 'ERR_BACKUP_INVALID';
/** A verification was cancelled by who asked for it. */
export const ERR_VERIFY_CANCELLED = 'ERR_VERIFY_CANCELLED';
/** A series set was read too long after it was opened, or after it was closed. */
export const ERR_READ_EXPIRED = 'ERR_READ_EXPIRED';
/** A reader with `mayScan: false` was asked for a selection that takes a scan of the index. */
export const ERR_SELECT_SCANS = 'ERR_SELECT_SCANS';
