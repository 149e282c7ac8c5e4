/** One series' values over a grid. Entries whose `present` is 0 are no samples; their values mean nothing. */
export class StepColumn {
  readonly values: Float64Array;
  readonly present: Uint8Array;

  constructor(stepCount: number) {
    this.values = new Float64Array(stepCount);
    this.present = new Uint8Array(stepCount);
  }

  get stepCount(): number {
    return this.values.length;
  }

  clear(): void {
    this.present.fill(0);
  }

  set(step: number, value: number): void {
    this.values[step] = value;
    this.present[step] = 1;
  }

  copyFrom(source: StepColumn): void {
    this.values.set(source.values);
    this.present.set(source.present);
  }

  presentCount(): number {
    let count = 0;
    const present = this.present;
    for (let step = 0; step < present.length; step++) count += present[step]!;
    return count;
  }
}
