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

export type ListenSocket = Parameters<typeof closeListenSocket>[0];

/** What the addon has and its declarations lack. */
interface ExclusiveListening {
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
}
interface AppListeningExclusively {
  listen(
    host: string,
    port: number,
    options: number,
    onListen: (socket: ListenSocket | false) => void,
  ): TemplatedApp;
}

/**
 * Takes the port for this process alone: by default another process could listen on it too, and the kernel
 * would deal the connections out among them.
 */
export function listenExclusively(
  app: TemplatedApp,
  host: string,
  port: number,
  onListen: (socket: ListenSocket | false) => void,
): void {
  const { LIBUS_LISTEN_EXCLUSIVE_PORT } = uws as unknown as ExclusiveListening;
  (app as unknown as AppListeningExclusively).listen(host, port, LIBUS_LISTEN_EXCLUSIVE_PORT, onListen);
}
