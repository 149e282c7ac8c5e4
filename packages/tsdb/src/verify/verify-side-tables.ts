/** Checks exemplars, metadata and tombstones. */
import { crc32 } from 'node:zlib';
import { decodeTombstone, type Tombstone } from '../deletion/tombstone.ts';
import { decodeExemplar, exemplarKey, refOfExemplarKey } from '../exemplars/exemplar-record.ts';
import { decodeMetadata, metadataKey, metricNameOfKey } from '../metadata/metadata-record.ts';
import { mustBeIntactUnderKey } from '../store/checksum.ts';
import { KEY_END, KEY_START } from '../store/keys.ts';
import { type Verified, wasGiven } from './verification.ts';

/** What an exemplar's digest covers begins here in its record. */
const DIGEST_FROM = 5;

/** In steps of a record. */
export function* verifySideTables(verified: Verified): Generator<void> {
  yield* verifyExemplars(verified);
  yield* verifyMetadata(verified);
  yield* verifyTombstones(verified);
}

/** An exemplar may outlive its series: it goes with the retention. */
function* verifyExemplars(verified: Verified): Generator<void> {
  const { store, snapshot, findings } = verified;
  for (const { key, value } of store.exemplars.range(KEY_START, KEY_END, snapshot)) {
    findings.counts.exemplars++;
    findings.tryRead('exemplar', key.toString('hex'), () => {
      const record = mustBeIntactUnderKey(key, value, 'exemplar');
      const { timestampMs } = decodeExemplar(key, record);
      const ref = refOfExemplarKey(key);
      const wanted = exemplarKey(timestampMs, ref, crc32(record.subarray(DIGEST_FROM)));
      if (!key.equals(wanted)) throw new RangeError('its key is that of another');
      if (!wasGiven(verified, ref)) throw new RangeError(`it names series ${ref}, which never was`);
    });
    yield;
  }
}

function* verifyMetadata({ store, snapshot, findings }: Verified): Generator<void> {
  for (const { key, value } of store.metadata.range(KEY_START, KEY_END, snapshot)) {
    findings.counts.metadata++;
    findings.tryRead('metadata', key.toString('hex'), () => {
      const { metadata } = decodeMetadata(mustBeIntactUnderKey(key, value, 'metadata'));
      if (!key.equals(metadataKey(metricNameOfKey(key), metadata)))
        throw new RangeError('its key is that of another');
    });
    yield;
  }
}

function* verifyTombstones(verified: Verified): Generator<void> {
  const { store, snapshot, findings } = verified;
  for (const { key, value } of store.tombstones.range(KEY_START, KEY_END, snapshot)) {
    findings.counts.tombstones++;
    const id = key.length === 4 ? key.readUInt32BE(0) : 0;
    const where = `tombstone ${id}`;
    const tombstone = findings.tryRead('tombstone', where, () => decodeTombstone(id, value));
    const fault = tombstone === null ? null : faultOf(verified, tombstone);
    if (fault !== null) findings.add('tombstone', where, fault);
    yield;
  }
}

function faultOf(verified: Verified, tombstone: Tombstone): string | null {
  const { nextTombstoneId, nextBlockId } = verified.meta;
  const { id, blockIdEnd, startMsInclusive, endMsInclusive, refs } = tombstone;
  if (id >= nextTombstoneId) return `its id is not below the next one, ${nextTombstoneId}`;
  if (blockIdEnd > nextBlockId)
    return `it holds for blocks below ${blockIdEnd}, and ${nextBlockId} is the next`;
  if (!(startMsInclusive <= endMsInclusive)) return 'its range ends before it starts';
  let previous = 0;
  for (const ref of refs) {
    if (!wasGiven(verified, ref)) return `it names series ${ref}, which never was`;
    if (ref <= previous) return `series ${ref} is out of order`;
    previous = ref;
  }
  return null;
}
