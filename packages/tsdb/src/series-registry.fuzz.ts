/** Registry and index against a plain model, under random operations and reopening at any point. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '@promontory/base';
import { type Labels, Matcher } from '@promontory/model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RegistryHarness, seriesLabels } from './series-registry-test-harness.ts';

const SEEDS = [1, 2, 3, 4, 5, 6];
const STEPS = 60;
const SERIES = 700;

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registry-'));
});

afterEach(() => rm(directory, { recursive: true }));

/** What there should be: refs by series, in memory and durably. */
class Model {
  readonly refs = new Map<number, number>();
  durable = new Map<number, number>();
  readonly active = new Set<number>();
  readonly everGiven = new Set<number>();
}

it.each(SEEDS)('gives and keeps refs as the model does, seed %i', async (seed) => {
  const random = new SeededRandom(seed);
  const harness = new RegistryHarness(directory, { unwrittenFingerprintsMax: 150 });
  const model = new Model();
  for (let step = 0; step < STEPS; step++) {
    const kind = random.nextInt(10);
    if (kind < 4) registerSome(harness, model, random);
    else if (kind < 6) commit(harness, model, random.nextInt(2) === 0);
    else if (kind === 6) dropFromMemory(harness, model, random);
    else if (kind === 7) dropFromIndex(harness, model, random);
    else if (kind === 8) checkSelects(harness, model, random);
    else await reopen(harness, model, random.nextInt(2) === 0);
  }
  commit(harness, model, true);
  checkSelects(harness, model, random);
  await reopen(harness, model, false);
  checkSelects(harness, model, random);
  expect(harness.damages).toEqual([]);
  await harness.close();
});

function registerSome(harness: RegistryHarness, model: Model, random: SeededRandom): void {
  const start = random.nextInt(SERIES);
  const count = 1 + random.nextInt(200);
  for (let index = start; index < start + count; index++) {
    const series = index % SERIES;
    const ref = harness.register(seriesLabels(series));
    const known = model.refs.get(series);
    expect(known ?? (model.everGiven.has(ref) ? 'a new ref' : ref)).toBe(ref);
    model.everGiven.add(ref);
    model.refs.set(series, ref);
    model.active.add(series);
  }
  expect(harness.registry.seriesCount).toBe(model.refs.size);
}

function commit(harness: RegistryHarness, model: Model, indexes: boolean): void {
  harness.commit(indexes);
  model.durable = new Map(model.refs);
}

function someRefs(
  model: Model,
  random: SeededRandom,
  isWanted: (series: number) => boolean,
): [number, number][] {
  const chosen = [...model.refs].filter(([series]) => isWanted(series) && random.nextInt(3) === 0);
  return chosen.sort((left, right) => left[1] - right[1]);
}

function dropFromMemory(harness: RegistryHarness, model: Model, random: SeededRandom): void {
  const chosen = someRefs(model, random, () => true);
  const wasActive = chosen.filter(([series]) => model.active.delete(series)).length;
  expect(harness.registry.dropFromMemory(Int32Array.from(chosen, ([, ref]) => ref))).toBe(wasActive);
  expect(harness.registry.table.count).toBe(model.active.size);
}

function dropFromIndex(harness: RegistryHarness, model: Model, random: SeededRandom): void {
  commit(harness, model, true);
  const chosen = someRefs(model, random, () => true).slice(0, 300);
  const unused = chosen.filter(([series]) => !model.active.has(series));
  const dropped = harness.registry.dropFromIndex(Int32Array.from(chosen, ([, ref]) => ref));
  expect([...dropped]).toEqual(unused.map(([, ref]) => ref));
  for (const [series] of unused) {
    model.refs.delete(series);
    model.durable.delete(series);
  }
  expect(harness.registry.seriesCount).toBe(model.refs.size);
}

async function reopen(harness: RegistryHarness, model: Model, commits: boolean): Promise<void> {
  if (commits) commit(harness, model, false);
  await harness.reopen();
  model.refs.clear();
  model.active.clear();
  for (const [series, ref] of model.durable) model.refs.set(series, ref);
  const given = [...model.everGiven].filter((ref) => ref < harness.registry.nextRef);
  model.everGiven.clear();
  for (const ref of given) model.everGiven.add(ref);
  expect(harness.registry.seriesCount).toBe(model.refs.size);
}

const MATCHERS: readonly (readonly Matcher[])[] = [
  [],
  [new Matcher('=', 'zone', 'z1')],
  [new Matcher('=', 'zone', 'z1'), new Matcher('=', 'code', '200')],
  [new Matcher('=~', 'zone', 'z1|z2'), new Matcher('!=', 'code', '200')],
  [new Matcher('=~', 'path', '/p1.*')],
  [new Matcher('!~', 'path', '/p1.*'), new Matcher('=', 'code', '')],
  [new Matcher('!=', 'extra', '')],
  [new Matcher('=~', '__name__', 'm[12]'), new Matcher('!~', 'zone', 'z0|z3')],
  [new Matcher('=~', 'code', '|200')],
  [new Matcher('=', 'none', 'x')],
];

function checkSelects(harness: RegistryHarness, model: Model, random: SeededRandom): void {
  const matchers = MATCHERS[random.nextInt(MATCHERS.length)] ?? [];
  const accepted = (labels: Labels): boolean => matchers.every((matcher) => matcher.matches(labels));
  const expected = [...model.durable].filter(([series]) => accepted(seriesLabels(series)));
  harness.read((reader) => {
    const refs = reader.select(matchers);
    expect([...refs]).toEqual(expected.map(([, ref]) => ref).sort((left, right) => left - right));
    for (const [series, ref] of expected.slice(0, 50))
      expect(reader.labels(ref)?.toString()).toBe(seriesLabels(series).toString());
    const codes = new Set([...model.durable.keys()].map((series) => seriesLabels(series).get('code')));
    codes.delete('');
    expect(Array.from(reader.labelValues('code'), ({ value }) => value)).toEqual([...codes].sort());
  });
}
