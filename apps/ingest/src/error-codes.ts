/** The command line or configuration cannot be used. */
export const ERR_USAGE = 'ERR_USAGE';
/** The command line asked for text, not for a server. */
export const ERR_TEXT_REQUESTED = 'ERR_TEXT_REQUESTED';
/** The address cannot be listened on. */
export const ERR_LISTEN = 'ERR_LISTEN';
/** The certificate or its private key cannot be used. */
export const ERR_TLS_FILES = 'ERR_TLS_FILES';
/** A request came without the id and secret of an access key, or with wrong ones. */
export const ERR_ACCESS_KEY_REQUIRED = 'ERR_ACCESS_KEY_REQUIRED';
/** A request body is larger than its limit. */
export const ERR_REQUEST_BODY_BYTES_MAX = 'ERR_REQUEST_BODY_BYTES_MAX';
/** The memory for writes that are not answered yet is full. */
export const ERR_WRITE_BYTES_IN_FLIGHT_MAX = 'ERR_WRITE_BYTES_IN_FLIGHT_MAX';
/** The memory for queries being received and answers not yet sent is full. */
export const ERR_QUERY_BYTES_IN_FLIGHT_MAX = 'ERR_QUERY_BYTES_IN_FLIGHT_MAX';
/** All query threads are busy and the queue before them is full. */
export const ERR_QUERY_QUEUE_FULL = 'ERR_QUERY_QUEUE_FULL';
/** As many remote reads wait as may. */
export const ERR_READ_QUEUE_FULL = 'ERR_READ_QUEUE_FULL';
/** More requests a second than an instance may have. */
export const ERR_REQUEST_RATE = 'ERR_REQUEST_RATE';
/** A query thread ended in the middle of a query: out of memory, or a fault of ours. */
export const ERR_QUERY_THREAD_LOST = 'ERR_QUERY_THREAD_LOST';
/** An answer that is sent piece by piece could not be finished: its client sees it torn. */
export const ERR_ANSWER_TORN = 'ERR_ANSWER_TORN';
/** A stage of the write path met an error that has no code of its own: a fault of ours. */
export const ERR_INTERNAL = 'ERR_INTERNAL';
/** The server stopped before it could take the write, or do what an administrator asked for. */
export const ERR_STOPPING = 'ERR_STOPPING';
/** As many administrative requests are not answered yet as may be. */
export const ERR_ADMIN_QUEUE_FULL = 'ERR_ADMIN_QUEUE_FULL';
/** A snapshot was asked for while another one is being made. */
export const ERR_SNAPSHOT_RUNNING = 'ERR_SNAPSHOT_RUNNING';
