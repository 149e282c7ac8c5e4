/** What must hold, from `bench/gate.json`: ratios to the peers, and bounds on this server's own medians. */
import { readFileSync } from 'node:fs';
import type { CaseReport } from '../cases/case.ts';
import { ownValuesOf, ratiosOf } from './ratios.ts';

export interface Gate {
  /** Least ratio by `case.metric.vsPeer`. */
  readonly ratiosMin: Readonly<Record<string, number>>;
  /** Least own median by `case.metric`. */
  readonly valuesMin: Readonly<Record<string, number>>;
  /** Greatest own median by `case.metric`. */
  readonly valuesMax: Readonly<Record<string, number>>;
}

export function readGate(path: string): Gate {
  return JSON.parse(readFileSync(path, 'utf8')) as Gate;
}

export interface GateResult {
  /** What held, for the record. */
  readonly held: readonly string[];
  readonly broken: readonly string[];
  /** What the gate names and this run did not measure. */
  readonly unmeasured: readonly string[];
}

export function checkGate(gate: Gate, reports: readonly CaseReport[]): GateResult {
  const ratios = new Map(reports.flatMap((report) => [...ratiosOf(report)]));
  const values = new Map(reports.flatMap((report) => [...ownValuesOf(report)]));
  const held: string[] = [];
  const broken: string[] = [];
  const unmeasured: string[] = [];
  const check = (
    bounds: Readonly<Record<string, number>>,
    measured: ReadonlyMap<string, number>,
    isMost: boolean,
  ): void => {
    for (const [name, bound] of Object.entries(bounds)) {
      const value = measured.get(name);
      if (value === undefined) {
        unmeasured.push(name);
        continue;
      }
      const holds = isMost ? value <= bound : value >= bound;
      const text = `${name} is ${shortNumber(value)}, must be at ${isMost ? 'most' : 'least'} ${shortNumber(bound)}`;
      (holds ? held : broken).push(text);
    }
  };
  check(gate.ratiosMin, ratios, false);
  check(gate.valuesMin, values, false);
  check(gate.valuesMax, values, true);
  return { held, broken, unmeasured };
}

function shortNumber(value: number): string {
  return value < 100 ? String(Math.round(value * 100) / 100) : Math.round(value).toLocaleString('en-US');
}
