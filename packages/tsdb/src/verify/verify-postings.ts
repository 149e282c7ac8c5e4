/** Reads all postings, and checks what can be seen of them alone: records, keys, the order of refs and runs. */
import { firstRefOfKey, postingKey, readPostingKey, valuePart } from '../index/posting-keys.ts';
import { PostingsRun, RUN_REFS_MAX } from '../index/postings-record.ts';
import type { RefSet } from '../index/ref-sets.ts';
import { KEY_END, KEY_START } from '../store/keys.ts';
import type { Verified } from './verification.ts';

export interface ReadRun {
  readonly name: string;
  readonly value: string;
  readonly refs: RefSet;
}

/** In the order of keys. A run that cannot be read is a finding, and left out. */
export function* walkPostings({ store, snapshot, findings }: Verified): Generator<ReadRun> {
  let count = 0;
  /** Of the run before: its key without the ref, and its last ref. */
  let previousPair: Buffer = KEY_START;
  let previousRef = 0;
  for (const { key, value } of store.postings.range(KEY_START, KEY_END, snapshot)) {
    count++;
    const where = key.toString('hex');
    const run = findings.tryRead('postings run', where, () => readRun(key, value));
    if (run === null) continue;
    const pair = key.subarray(0, -4);
    const fault = faultOf(run.refs, pair.equals(previousPair) ? previousRef : 0, firstRefOfKey(key));
    if (fault !== null) findings.add('postings run', where, fault);
    previousPair = pair;
    previousRef = run.refs.at(-1) ?? 0;
    yield run;
  }
  findings.counts.postingsRuns = count;
}

function readRun(key: Buffer, record: Buffer): ReadRun {
  const run = new PostingsRun(key, record);
  if (run.count < 1 || run.count > RUN_REFS_MAX) throw new RangeError(`it has ${run.count} refs`);
  const { name, value } = readPostingKey(key);
  const cutValue = run.cutValue();
  const wanted = postingKey(name, valuePart(value ?? cutValue), firstRefOfKey(key));
  if (!wanted.equals(key) || (value !== null && cutValue !== ''))
    throw new RangeError('its key is not that of its pair');
  return { name, value: value ?? cutValue, refs: run.refs() };
}

/** @param previousRef of the pair's run before; 0 for none */
function faultOf(refs: RefSet, previousRef: number, keyRef: number): string | null {
  if (keyRef <= previousRef) return 'it overlaps the run before it';
  if (refs[0]! < keyRef) return `it begins with series ${refs[0]}, before that of its key`;
  for (let index = 1; index < refs.length; index++) {
    if (refs[index]! <= refs[index - 1]!) return `series ${refs[index]} is out of order`;
  }
  return null;
}
