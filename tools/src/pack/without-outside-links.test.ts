import { expect, it } from 'vitest';
import { withoutOutsideLinks } from './without-outside-links.ts';

it.each([
  ['see [docs/limits.md](../../docs/limits.md#storage).', 'see docs/limits.md.'],
  ['[a](x.ts), [b](./y.ts)', 'a, b'],
  ['[site](https://example.com/a), [below](#options)', '[site](https://example.com/a), [below](#options)'],
])('%s', (markdown, expected) => {
  expect(withoutOutsideLinks(markdown)).toBe(expected);
});
