/** The examples of a README: each TypeScript block with what it prints, the next text block. */

const EXAMPLE = /^```ts\n(?<program>[\s\S]*?)^```\n[\s\S]*?^```text\n(?<output>[\s\S]*?)^```$/gm;

export interface ReadmeExample {
  readonly program: string;
  readonly output: string;
}

export function readmeExamples(markdown: string): ReadmeExample[] {
  return Array.from(markdown.matchAll(EXAMPLE), ({ groups }) => ({
    program: groups?.['program'] ?? '',
    output: groups?.['output'] ?? '',
  }));
}
