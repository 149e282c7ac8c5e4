/** The conditions that operators are notified of; each text stands for one and never changes while it lasts. */
export const STORAGE_DAMAGED =
  'Stored data is damaged and left out of answers. The log names the places; a backup has what is lost.';
export const MAINTENANCE_FAILING =
  'Background work of the storage fails and is tried again. The log says why.';
export const DISK_NEARLY_FULL =
  'The disk is nearly full: writes are refused when only --disk-reserve-bytes are free.';
export const SHUTTING_DOWN = 'Promontory is shutting down and stops all operations.';
