import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tryReadRecording, writeRecording } from './recording.ts';
import { recordScrapes } from './scrape-recorder.ts';

async function withServer<T>(answers: readonly string[], use: (url: string) => Promise<T>): Promise<T> {
  let asked = 0;
  const server = createServer((_request, response) => {
    const text = answers[asked++];
    response.statusCode = text === undefined ? 500 : 200;
    response.end(text);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no address');
  try {
    return await use(`http://127.0.0.1:${address.port}/metrics`);
  } finally {
    server.close();
  }
}

it('keeps one value a scrape for every series that was ever there', async () => {
  const recording = await withServer(['a 1\nb{x="y"} 2\n', 'a 3\n'], (url) =>
    recordScrapes([{ job: 'j', url }], { scrapeCount: 2, intervalMs: 1 }),
  );
  expect(recording).toMatchObject({
    scrapeCount: 2,
    series: [
      { labels: { __name__: 'a', job: 'j' }, values: ['1', '3'] },
      { labels: { __name__: 'b', x: 'y', job: 'j' }, values: ['2', ''] },
    ],
  });
});

it('makes no recording with a hole', async () => {
  const recorded = withServer(['a 1\n'], (url) =>
    recordScrapes([{ job: 'j', url }], { scrapeCount: 2, intervalMs: 1 }),
  );
  await expect(recorded).rejects.toMatchObject({ code: 'ERR_BENCH_RECORDING' });
});

it('a recording is read as it was written; what is none is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  try {
    const path = join(folder, 'below', 'one.json.gz');
    expect(tryReadRecording(path)).toBeNull();
    const recording = { scrapeCount: 1, series: [{ labels: { __name__: 'a' }, values: ['NaN'] }] };
    writeRecording(path, recording);
    expect(tryReadRecording(path)).toEqual(recording);
    writeFileSync(path, 'something else');
    expect(() => tryReadRecording(path)).toThrow(expect.objectContaining({ code: 'ERR_BENCH_RECORDING' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
