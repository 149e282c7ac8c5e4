/** Looks now and then whether conditions hold that nobody tells of when they end. */
import { statfs } from 'node:fs/promises';
import { DISK_NEARLY_FULL, MAINTENANCE_FAILING } from './notification-texts.ts';
import type { Notifications } from './notifications.ts';

const LOOK_INTERVAL_MS = 1000;
/** The notification comes while there is as much room above the reserve as the reserve has. */
const NEARLY_FULL_RESERVES = 2;

export interface ConditionWatchOptions {
  readonly notifications: Notifications;
  readonly isMaintenanceFailing: () => boolean;
  readonly dataDirectory: string;
  readonly diskReserveBytes: number;
}

export class ConditionWatch {
  readonly #options: ConditionWatchOptions;
  readonly #timer: NodeJS.Timeout;
  /** A disk that does not answer is asked once. */
  #isLooking = false;

  constructor(options: ConditionWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), LOOK_INTERVAL_MS).unref();
  }

  /** Looks now; never rejects. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { notifications, isMaintenanceFailing } = this.#options;
    notifications.set(MAINTENANCE_FAILING, isMaintenanceFailing());
    try {
      notifications.set(DISK_NEARLY_FULL, await this.#isDiskNearlyFull());
    } catch {
      // Whether it is full is not known: what was said last stays. Writes that fail say why themselves.
    }
    this.#isLooking = false;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #isDiskNearlyFull(): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#options.dataDirectory);
    return bavail * bsize < NEARLY_FULL_RESERVES * this.#options.diskReserveBytes;
  }
}
