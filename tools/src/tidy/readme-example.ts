/** The example of a README: its first TypeScript block and, after it, what it prints. */

const EXAMPLE = /^```ts\n(?<program>[\s\S]*?)^```\n[\s\S]*?^```text\n(?<output>[\s\S]*?)^```$/m;

/** @returns empty texts when there is none */
export function readmeExample(markdown: string): { readonly program: string; readonly output: string } {
  const { program = '', output = '' } = EXAMPLE.exec(markdown)?.groups ?? {};
  return { program, output };
}
