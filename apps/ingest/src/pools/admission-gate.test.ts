import { expect, it } from 'vitest';
import { AdmissionGate } from './admission-gate.ts';

function enter(gate: AdmissionGate, names: string[], name: string): ReturnType<AdmissionGate['tryEnter']> {
  return gate.tryEnter(() => names.push(name));
}

it('admits so many at once, others in their order, and refuses those that find the line full', () => {
  const gate = new AdmissionGate(2, 2);
  const admitted: string[] = [];
  const places = ['a', 'b', 'c', 'd', 'e'].map((name) => enter(gate, admitted, name));
  expect([admitted, gate.inside, gate.waiting, places[4]]).toEqual([['a', 'b'], 2, 2, null]);
  places[1]?.leave();
  places[1]?.leave();
  expect([admitted, gate.inside, gate.waiting]).toEqual([['a', 'b', 'c'], 2, 1]);
  for (const place of places) place?.leave();
  expect([admitted, gate.inside, gate.waiting]).toEqual([['a', 'b', 'c', 'd'], 0, 0]);
});

it('forgets one that leaves the line', () => {
  const gate = new AdmissionGate(1, 2);
  const admitted: string[] = [];
  const [first, second] = ['a', 'b', 'c'].map((name) => enter(gate, admitted, name));
  second?.leave();
  first?.leave();
  expect([admitted, gate.inside, gate.waiting]).toEqual([['a', 'c'], 1, 0]);
});
