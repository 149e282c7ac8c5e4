/** The ratios that must hold, from `bench/gate.json`. */
import { readFileSync } from 'node:fs';

export interface Gate {
  /** Least ratio by `case.metric.vsPeer`. */
  readonly ratiosMin: Readonly<Record<string, number>>;
}

export function readGate(path: string): Gate {
  return JSON.parse(readFileSync(path, 'utf8')) as Gate;
}

export interface GateResult {
  /** What held, for the record. */
  readonly held: readonly string[];
  readonly broken: readonly string[];
  /** Ratios of the gate that this run did not measure. */
  readonly unmeasured: readonly string[];
}

export function checkGate(gate: Gate, ratios: ReadonlyMap<string, number>): GateResult {
  const held: string[] = [];
  const broken: string[] = [];
  const unmeasured: string[] = [];
  for (const [name, minimum] of Object.entries(gate.ratiosMin)) {
    const ratio = ratios.get(name);
    if (ratio === undefined) unmeasured.push(name);
    else
      (ratio >= minimum ? held : broken).push(`${name} is ${ratio.toFixed(2)}, must be at least ${minimum}`);
  }
  return { held, broken, unmeasured };
}
