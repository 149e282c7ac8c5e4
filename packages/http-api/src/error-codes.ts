/** A parameter of a request is missing, malformed or out of bounds. */
export const ERR_PARAMETER_INVALID = 'ERR_PARAMETER_INVALID';
/** The body of an API request cannot be read: its type is not accepted, or it is not of that type. */
export const ERR_REQUEST_BODY_INVALID = 'ERR_REQUEST_BODY_INVALID';
/** A request has more parameters than one may. */
export const ERR_REQUEST_PARAMETERS_MAX = 'ERR_REQUEST_PARAMETERS_MAX';
/** The timeout of a query was over before it began. */
export const ERR_QUERY_TIMEOUT_ELAPSED = 'ERR_QUERY_TIMEOUT_ELAPSED';
/** The request may see some series only, and what it asks for cannot be given for those alone. */
export const ERR_SCOPE_FORBIDDEN = 'ERR_SCOPE_FORBIDDEN';
/** The compressed body of a remote read is larger than its limit. */
export const ERR_READ_BODY_BYTES_MAX = 'ERR_READ_BODY_BYTES_MAX';
/** A remote read accepts response types, and none of them is known here. */
export const ERR_READ_RESPONSE_TYPE = 'ERR_READ_RESPONSE_TYPE';
/** A query of a remote read spans more time than one may. */
export const ERR_READ_SPAN_MAX = 'ERR_READ_SPAN_MAX';
/** The queries of a remote read select more series than one request may. */
export const ERR_READ_SERIES_MAX = 'ERR_READ_SERIES_MAX';
/** The answer to a remote read would have more samples than a response of samples may. */
export const ERR_READ_SAMPLES_MAX = 'ERR_READ_SAMPLES_MAX';
/** An administrative request came while the administrative API is switched off. */
export const ERR_ADMIN_API_OFF = 'ERR_ADMIN_API_OFF';
