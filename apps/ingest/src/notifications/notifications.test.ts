import { ManualClock } from '@promontory/base';
import type { BodyFeed } from '@promontory/http-api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConditionWatch } from './condition-watch.ts';
import { FEED_EVENTS_MAX } from './notification-feed.ts';
import { DISK_NEARLY_FULL, MAINTENANCE_FAILING } from './notification-texts.ts';
import { NOTIFICATION_FOLLOWERS_MAX, Notifications } from './notifications.ts';

let clock = new ManualClock(0);
let notifications = new Notifications(clock);

beforeEach(() => {
  clock = new ManualClock(1000);
  notifications = new Notifications(clock);
});

afterEach(() => {
  vi.useRealTimers();
  notifications.close();
});

function mustFollow(): BodyFeed {
  const feed = notifications.tryFollow();
  if (feed === null) throw new Error('there is room for a follower');
  return feed;
}

async function nextText(feed: BodyFeed): Promise<string | null> {
  const piece = await feed.next();
  return piece === null ? null : new TextDecoder().decode(piece);
}

const event = (text: string, date: string, active: boolean): string =>
  `data: {"text":"${text}","date":"1970-01-01T00:00:${date}.000Z","active":${active}}\n\n`;

describe('the list', () => {
  it('has each text once, with the time when it was last added, and none that is over', () => {
    notifications.add('a');
    notifications.add('b');
    clock.advance(1000);
    notifications.add('a');
    notifications.remove('nothing');
    expect(notifications.list()).toEqual([
      { text: 'a', timeMs: 2000, isActive: true },
      { text: 'b', timeMs: 1000, isActive: true },
    ]);
    notifications.remove('a');
    expect(notifications.list().map(({ text }) => text)).toEqual(['b']);
  });

  it('is set to what is so, and says nothing when it is so already', async () => {
    const feed = mustFollow();
    notifications.set('a', false);
    notifications.set('a', true);
    notifications.set('a', true);
    notifications.set('a', false);
    notifications.close();
    expect(await nextText(feed)).toBe(event('a', '01', true));
    expect(await nextText(feed)).toBe(event('a', '01', false));
    expect(await nextText(feed)).toBeNull();
  });
});

describe('a follower', () => {
  it('gets the list, then changes as they come', async () => {
    notifications.add('a');
    const feed = mustFollow();
    expect(await nextText(feed)).toBe(event('a', '01', true));
    const waiting = nextText(feed);
    clock.advance(1000);
    notifications.remove('a');
    expect(await waiting).toBe(event('a', '01', false));
    expect(notifications.sentCount).toBe(2);
  });

  it('is refused when as many follow as may, until one has gone', () => {
    const feeds = Array.from({ length: NOTIFICATION_FOLLOWERS_MAX }, mustFollow);
    expect([notifications.tryFollow(), notifications.followerCount]).toEqual([
      null,
      NOTIFICATION_FOLLOWERS_MAX,
    ]);
    feeds[0]?.close();
    feeds[0]?.close();
    expect(notifications.followerCount).toBe(NOTIFICATION_FOLLOWERS_MAX - 1);
    expect(notifications.tryFollow()).not.toBeNull();
  });

  it('that takes nothing is sent away with what it had room for, and counted once', async () => {
    const feed = mustFollow();
    for (let count = 0; count < FEED_EVENTS_MAX + 3; count++) notifications.add(String(count));
    let taken = 0;
    while ((await nextText(feed)) !== null) taken++;
    expect([taken, notifications.droppedCount, notifications.sentCount]).toEqual([
      FEED_EVENTS_MAX,
      1,
      FEED_EVENTS_MAX,
    ]);
  });

  it('that has gone gets nothing, not even what it waits for', async () => {
    const feed = mustFollow();
    const waiting = nextText(feed);
    feed.close();
    notifications.add('a');
    expect(await waiting).toBeNull();
    expect([notifications.sentCount, notifications.droppedCount]).toEqual([0, 0]);
  });

  it('gets a comment now and then, not one on top of another', async () => {
    vi.useFakeTimers();
    const feed = mustFollow();
    vi.advanceTimersByTime(60_000);
    expect(await nextText(feed)).toBe(':\n\n');
    feed.close();
    expect(await nextText(feed)).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is let go at the end with what it was told, and nobody follows after that', async () => {
    const feed = mustFollow();
    notifications.add('the end');
    notifications.close();
    expect(await nextText(feed)).toContain('the end');
    expect([await nextText(feed), notifications.tryFollow()]).toEqual([null, null]);
  });
});

describe('conditions', () => {
  let isMaintenanceFailing = false;

  function watch(diskReserveBytes: number, dataDirectory = '.'): ConditionWatch {
    return new ConditionWatch({
      notifications,
      isMaintenanceFailing: () => isMaintenanceFailing,
      dataDirectory,
      diskReserveBytes,
    });
  }

  it('are on the list while they hold', async () => {
    const texts = (): string[] => notifications.list().map(({ text }) => text);
    const watching = watch(0);
    isMaintenanceFailing = true;
    await watching.look();
    expect(texts()).toEqual([MAINTENANCE_FAILING]);
    isMaintenanceFailing = false;
    await watching.look();
    expect(texts()).toEqual([]);
    watching.close();
    const full = watch(1e18);
    await full.look();
    expect(texts()).toEqual([DISK_NEARLY_FULL]);
    full.close();
  });

  it('that cannot be looked at stay as they are', async () => {
    notifications.add(DISK_NEARLY_FULL);
    const watching = watch(0, '/nothing/there');
    await watching.look();
    expect(notifications.list()).toHaveLength(1);
    watching.close();
  });
});
