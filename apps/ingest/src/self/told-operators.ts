import type { OnDamage } from '@promontory/tsdb';
import type { Logger } from '../logger.ts';
import { MAINTENANCE_FAILING, STORAGE_DAMAGED } from '../notifications/notification-texts.ts';
import type { Notifications } from '../notifications/notifications.ts';
import type { StagePoolsOptions } from '../pools/stage-pools.ts';

/** What operators have to know goes into the log and becomes a notification. */
export class ToldOperators {
  readonly logger: Logger;
  readonly #notifications: Notifications;

  constructor(logger: Logger, notifications: Notifications) {
    this.logger = logger;
    this.#notifications = notifications;
  }

  /** Answers lack what is damaged. */
  readonly onDamage: OnDamage = (damage) => {
    this.logger.error({ damage }, 'stored data is damaged and left out');
    this.#notifications.set(STORAGE_DAMAGED, true);
  };

  readonly onMaintenanceFailure: StagePoolsOptions['onMaintenanceFailure'] = (failure) => {
    this.logger.error({ failure }, 'background work of the storage failed; it is tried again');
    this.#notifications.set(MAINTENANCE_FAILING, true);
  };
}
