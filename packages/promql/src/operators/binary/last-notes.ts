/**
 * What a binary operator tells of two vectors. At every step only the last pair that there is something to tell of
 * counts, as in Prometheus, which goes through the series of the "many" side in order.
 */
import type { Annotation } from '../../evaluate/annotation-texts.ts';
import type { Annotations } from '../../evaluate/annotations.ts';

interface Note {
  readonly rank: number;
  readonly annotation: Annotation;
}

export class LastNotes {
  readonly #byStep = new Map<number, Note>();

  /** @param annotate told when everything has been read */
  constructor(annotations: Annotations, annotate: (annotation: Annotation) => void) {
    annotations.defer(() => {
      for (const { annotation } of this.#byStep.values()) annotate(annotation);
    });
  }

  /** @param rank of the pair at its step; the same pair may come again */
  note(step: number, rank: number, annotation: Annotation): void {
    const known = this.#byStep.get(step);
    if (known === undefined || known.rank <= rank) this.#byStep.set(step, { rank, annotation });
  }
}
