import type { Choice } from './choice.ts';
import { words } from './expression-writer.ts';

/** A vector with labels rewritten, its name now and then among them. */
export function relabelled({ of }: Choice, vector: string): string {
  const label = of(words('job instance kind room le __name__ absent'));
  const target = of(words('job copy instance __name__ le'));
  return of([
    () => `label_replace(${vector}, "${target}", "x-$1", "${label}", "(.*)")`,
    () => `label_replace(${vector}, "copy", "\${first}$2", "${label}", "(?P<first>.)(.*)")`,
    () => `label_replace(${vector}, "${target}", "", "${label}", "a.*")`,
    () => `label_join(${vector}, "copy", "${of(['', '-', '/'])}", "${label}", "job")`,
  ])();
}
