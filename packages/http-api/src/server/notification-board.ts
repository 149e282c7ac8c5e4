/** What operators should know: the list, and those who follow it. */
import type { BodyFeed } from '../api-response.ts';

export interface Notification {
  readonly text: string;
  /** When it became so, or was last said to be. */
  readonly timeMs: number;
  /** False once, when it is over; it is not on the list then. */
  readonly isActive: boolean;
}

export interface NotificationBoard {
  /** Those that are active, the oldest first. */
  list(): readonly Notification[];
  /** Server-sent events: the list, and then every change. @returns null when as many follow it as may */
  tryFollow(): BodyFeed | null;
}
