/** A parameter of a request is missing, malformed or out of bounds. */
export const ERR_PARAMETER_INVALID = 'ERR_PARAMETER_INVALID';
/** The body of an API request cannot be read: its type is not accepted, or it is not of that type. */
export const ERR_REQUEST_BODY_INVALID = 'ERR_REQUEST_BODY_INVALID';
/** The timeout of a query was over before it began. */
export const ERR_QUERY_TIMEOUT_ELAPSED = 'ERR_QUERY_TIMEOUT_ELAPSED';
/** The request may see some series only, and what it asks for cannot be given for those alone. */
export const ERR_SCOPE_FORBIDDEN = 'ERR_SCOPE_FORBIDDEN';
