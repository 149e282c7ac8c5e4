import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installPeers } from './install-peers.ts';
import { findPeers } from './peers.ts';

let folder = '';
const pathBefore = process.env['PATH'];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peers-test-'));
});

afterEach(async () => {
  process.env['PATH'] = pathBefore;
  await rm(folder, { recursive: true, force: true });
});

async function placeAll(): Promise<void> {
  const absent = await findPeers(folder);
  expect(absent).toBeNull();
  const names = [
    'prometheus',
    'promtool',
    'victoria-metrics',
    'vmagent',
    'vmalert',
    'vmctl',
    'prometheus-alertmanager',
    'prometheus-node-exporter',
  ];
  const paths = [...names.map((name) => join(folder, 'usr/bin', name)), join(folder, 'usr/sbin/nats-server')];
  for (const path of paths) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '#!/bin/sh\n');
    await chmod(path, 0o755);
  }
}

describe('findPeers', () => {
  it('wants every program, executable', async () => {
    await placeAll();
    expect((await findPeers(folder))?.victoriaMetrics).toBe(join(folder, 'usr/bin/victoria-metrics'));
    await chmod(join(folder, 'usr/bin/promtool'), 0o644);
    expect(await findPeers(folder)).toBeNull();
  });
});

describe('installPeers', () => {
  it('does nothing when they are there', async () => {
    await placeAll();
    process.env['PATH'] = folder;
    expect((await installPeers(folder)).natsServer).toBe(join(folder, 'usr/sbin/nats-server'));
  });

  it('says in one line what is missing', async () => {
    process.env['PATH'] = folder;
    await expect(installPeers(join(folder, 'none'))).rejects.toMatchObject({
      code: 'ERR_PEERS_UNAVAILABLE',
      message: expect.stringMatching(/^cannot install peers: [^\n]+$/) as string,
    });
  });
});
