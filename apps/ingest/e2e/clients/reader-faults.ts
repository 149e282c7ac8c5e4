/**
 * What a reading Prometheus 3.5 gets wrong whatever server it reads from: one that reads from another Prometheus 3.5
 * shows the same.
 */
import type { KnownDifference } from '../differential/known-differences.ts';

export const READER_FAULTS: readonly KnownDifference[] = [
  {
    title: 'info() selects again while it reads, which the reader of remote series refuses',
    query: /info\(/,
    difference: /^error: .*, want secondaryQuerier: Select invoked after first Next/,
    consequences: /^(HTTP status|status|error type): /,
  },
  {
    title: 'what is told of floats and histograms of one group depends on the order of their series',
    query: /mixed_kinds/,
    difference: /^(extra|missing) (warning|info): /,
    consequences: null,
  },
];

/** Of answers of the type SAMPLES, and of histograms alone. */
export const SAMPLES_FAULT: KnownDifference = {
  title: 'integer histograms with custom buckets have no bounds; ranges of float histograms end in a panic',
  query: /native_|__name__!/,
  difference:
    /^error: none, want (index \d+ out of bounds for custom bounds of length 0|unexpected error: runtime error: invalid memory address)/,
  consequences: /^(HTTP status|status|error type|extra warning): /,
};

/** All series but those and such as turn from floats to histograms, of which points get lost then. */
export const WITHOUT_SAMPLES_FAULTS =
  '{__name__!="",__name__!~"native_(custom|bounds)|both_seconds|turning",kind!~"custom|coarse|float|turns"}';
