/** How far VictoriaMetrics answers as Prometheus does, and why not further. */
import type { PeerAgreement } from './query-case.ts';

export const EQUAL: PeerAgreement = { kind: 'equal' };

/** Of `rate` and what is made from it. */
export const OTHER_RATE: PeerAgreement = {
  kind: 'differs',
  reason: 'rate starts at the sample before the window and does not extrapolate',
};

export const OTHER_CHANGES: PeerAgreement = {
  kind: 'differs',
  reason: 'changes counts from the sample before the window',
};

export const RANKED_BY_OTHER_RATE: PeerAgreement = {
  kind: 'picks',
  reason: 'other rates have other largest ones',
};

export const OTHER_LIMITK: PeerAgreement = {
  kind: 'picks',
  reason: 'limitk takes series by their hash',
};

export const NO_SMOOTHING: PeerAgreement = {
  kind: 'absent',
  reason: 'it calls double_exponential_smoothing by its old name',
};

export const NO_LIMIT_RATIO: PeerAgreement = { kind: 'absent', reason: 'it has no limit_ratio' };
