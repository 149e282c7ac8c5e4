/** What operators should know, as a list and as a stream of changes. */
import { emptyResponse } from '../api-response.ts';
import { jsonBytes, jsonSuccess } from '../json/json-success.ts';
import type { JsonValue } from '../json/json-writer.ts';
import type { Notification } from './notification-board.ts';
import type { ServerEndpoint } from './server-services.ts';

export const notificationsEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/notifications',
  handle: ({ services }) => jsonSuccess(services.notifications.list().map(asPlain)),
};

/** 204 tells an EventSource not to come back. */
export const notificationsLiveEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/notifications/live',
  handle: ({ services }) => {
    const feed = services.notifications.tryFollow();
    if (feed === null) return emptyResponse(204);
    const headers = [
      ['Content-Type', 'text/event-stream'],
      ['Cache-Control', 'no-cache'],
    ] as const;
    // A comment: it makes the head leave at once, so that the client knows that it is connected.
    return { status: 200, headers, body: SSE_COMMENT, feed };
  },
};

const encoder = new TextEncoder();

/** A line that clients of server-sent events ignore. */
export const SSE_COMMENT: Uint8Array = encoder.encode(':\n\n');

/** The notification as one server-sent event. */
export function notificationEvent(notification: Notification): Uint8Array {
  const data = jsonBytes(asPlain(notification));
  return Buffer.concat([encoder.encode('data: '), data, encoder.encode('\n\n')]);
}

function asPlain({ text, timeMs, isActive }: Notification): JsonValue {
  return { text, date: new Date(timeMs).toISOString(), active: isActive };
}
