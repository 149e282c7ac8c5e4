import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY_ROOT } from '../test-all/repository.ts';
import { deadLinks, relativeLinks } from './dead-links.ts';
import { trackedFiles } from './tracked-files.ts';

describe('relativeLinks', () => {
  it.each([
    ['[a](b/c.md)', ['b/c.md']],
    ['[a](b.md#part "title") and ![i](p.png)', ['b.md', 'p.png']],
    ['[a][r]\n\n[r]: ../x.ts', ['../x.ts']],
    ['[a](https://example.org/x) [b](#part) [c](mailto:x@example.org)', []],
    ['`[a](b.md)`\n```\n[c](d.md)\n```\n', []],
  ])('%j', (markdown, links) => {
    expect(relativeLinks(markdown)).toEqual(links);
  });
});

it('deadLinks tells what is there from what is not', () => {
  const path = join(REPOSITORY_ROOT, 'x.md');
  expect(deadLinks(path, '[a](package.json) [b](tools/) [c](nowhere.md) [d](/package.json)')).toEqual([
    'nowhere.md',
    '/package.json',
  ]);
});

it('no Markdown file has a dead relative link', () => {
  const dead = trackedFiles()
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => {
      const absolute = join(REPOSITORY_ROOT, path);
      return deadLinks(absolute, readFileSync(absolute, 'utf8')).map((target) => `${path}: ${target}`);
    });
  expect(dead).toEqual([]);
});
