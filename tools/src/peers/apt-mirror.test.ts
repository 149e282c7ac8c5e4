import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findMirror, mirrorIn } from './apt-mirror.ts';

describe('mirrorIn', () => {
  it.each([
    ['a plain line', 'deb http://mirror.example/debian bookworm main', 'http://mirror.example/debian'],
    [
      'options',
      'deb [arch=amd64 signed-by=/k] https://m.example/debian/ sid main',
      'https://m.example/debian/',
    ],
    ['a stanza', 'Types: deb\nURIs: http://m.example/debian\nSuites: sid', 'http://m.example/debian'],
    ['several URIs', 'URIs: http://m.example/other http://n.example/debian', 'http://n.example/debian'],
    ['a mirror list', 'deb mirror+http://m.example/debian sid main', 'mirror+http://m.example/debian'],
  ])('finds the mirror in %s', (_name, text, mirror) => {
    expect(mirrorIn(text)).toBe(mirror);
  });

  it.each([
    ['the security archive', 'deb http://m.example/debian-security bookworm-security main'],
    ['a comment', '# deb http://m.example/debian bookworm main'],
    ['a comment in a stanza', '# URIs: http://m.example/debian\nURIs: http://m.example/vendor'],
    ['sources of packages', 'deb-src http://m.example/debian bookworm main'],
    ['another distribution', 'deb http://m.example/ubuntu noble main'],
  ])('passes over %s', (_name, text) => {
    expect(mirrorIn(text)).toBeUndefined();
  });
});

describe('findMirror', () => {
  it('reads the parts folder and stands an apt folder that is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'apt-'));
    try {
      expect(await findMirror(join(folder, 'absent'))).toBeUndefined();
      await mkdir(join(folder, 'sources.list.d'));
      await writeFile(join(folder, 'sources.list.d', 'a.save'), 'deb http://ignored.example/debian sid main');
      await writeFile(join(folder, 'sources.list.d', 'b.sources'), 'URIs: http://m.example/debian\n');
      expect(await findMirror(folder)).toBe('http://m.example/debian');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
