/** The only file that imports uWebSockets.js. Its header limit is read from the environment as it loads. */
import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js';

/** URLs of up to 64 KiB, with room for the other headers. */
const HEADER_BYTES_MAX = 96 * 1024;

process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= String(HEADER_BYTES_MAX);

const uws = await import('uWebSockets.js');

export const {
  App,
  SSLApp,
  us_listen_socket_close: closeListenSocket,
  us_socket_local_port: localPort,
} = uws;
export type { HttpRequest, HttpResponse, TemplatedApp };
