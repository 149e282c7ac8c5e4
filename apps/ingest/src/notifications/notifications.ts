/** What operators should know about the server now: a list, and those who follow its changes. */
import type { Clock } from '@promontory/base';
import {
  type BodyFeed,
  type Notification,
  type NotificationBoard,
  notificationEvent,
  SSE_COMMENT,
} from '@promontory/http-api';
import { NotificationFeed } from './notification-feed.ts';

export const NOTIFICATION_FOLLOWERS_MAX = 16;
/** Proxies close connections on which nothing comes, most of them after a minute. */
const HEARTBEAT_INTERVAL_MS = 15_000;

export class Notifications implements NotificationBoard {
  readonly #clock: Clock;
  readonly #feeds = new Set<NotificationFeed>();
  #active: readonly Notification[] = [];
  #heartbeat: NodeJS.Timeout | null = null;
  #isClosed = false;
  #sentCount = 0;
  #droppedCount = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get followerCount(): number {
    return this.#feeds.size;
  }

  /** Changes handed to followers, each counted once a follower. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** Changes that followers had no room for; these followers were sent away. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  list(): readonly Notification[] {
    return this.#active;
  }

  /** Puts the text on the list, or gives it a new time when it is there. */
  add(text: string): void {
    const notification = { text, timeMs: this.#clock.nowMs(), isActive: true };
    const index = this.#active.findIndex((each) => each.text === text);
    this.#active = index < 0 ? [...this.#active, notification] : this.#active.with(index, notification);
    this.#tell(notification);
  }

  /** Takes the text off the list; nothing happens when it is not there. */
  remove(text: string): void {
    const notification = this.#active.find((each) => each.text === text);
    if (notification === undefined) return;
    this.#active = this.#active.filter((each) => each !== notification);
    this.#tell({ ...notification, isActive: false });
  }

  /** `add` or `remove`, whatever the list does not say yet. */
  set(text: string, isActive: boolean): void {
    if (this.#active.some((each) => each.text === text) === isActive) return;
    if (isActive) this.add(text);
    else this.remove(text);
  }

  tryFollow(): BodyFeed | null {
    if (this.#isClosed || this.#feeds.size >= NOTIFICATION_FOLLOWERS_MAX) return null;
    const feed = new NotificationFeed(() => this.#forget(feed));
    this.#feeds.add(feed);
    for (const notification of this.#active) this.#send(feed, notification);
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_INTERVAL_MS).unref();
    return feed;
  }

  /** Lets followers have what they were told, and ends their answers; nobody follows any more. */
  close(): void {
    this.#isClosed = true;
    for (const feed of this.#feeds) feed.end();
  }

  #tell(notification: Notification): void {
    for (const feed of this.#feeds) this.#send(feed, notification);
  }

  /** Who misses a change would believe something that is over: it has to come again and get the list. */
  #send(feed: NotificationFeed, notification: Notification): void {
    if (feed.isEnding) return;
    if (feed.tryPush(notificationEvent(notification))) {
      this.#sentCount++;
    } else {
      this.#droppedCount++;
      feed.end();
    }
  }

  #beat(): void {
    for (const feed of this.#feeds) if (feed.isEmpty) feed.tryPush(SSE_COMMENT);
  }

  #forget(feed: NotificationFeed): void {
    this.#feeds.delete(feed);
    if (this.#feeds.size > 0 || this.#heartbeat === null) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }
}
