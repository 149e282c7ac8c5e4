import { describe, expect, it } from 'vitest';
import { ChildServer, type ChildServerSpec, freePort, LOOPBACK_HOST } from './child-server.ts';

async function specOf(program: string): Promise<ChildServerSpec> {
  const port = await freePort();
  return {
    name: 'example',
    command: process.execPath,
    args: ['-e', program, String(port)],
    readyUrl: `http://${LOOPBACK_HOST}:${port}/ready`,
  };
}

const SERVE = `
  process.on('SIGTERM', () => process.exit(7));
  let asked = 0;
  require('node:http').createServer((request, response) => {
    response.statusCode = asked++ < 2 ? 503 : 200;
    response.end();
  }).listen(Number(process.argv[1]), '127.0.0.1', () => console.log('listening'));`;

describe('ChildServer', () => {
  it('is ready when it answers 2xx, shows its log, and ends with its own exit code', async () => {
    const server = await ChildServer.start(await specOf(SERVE));
    expect(server.log).toBe('listening\n');
    expect(server.isRunning()).toBe(true);
    expect(server.readyAfterMs).toBeGreaterThan(100);
    expect(await server.stop()).toBe(7);
    expect(server.isRunning()).toBe(false);
    expect(await server.stop()).toBe(7);
  });

  it('is ready when it says so, and keeps stdout and stderr apart', async () => {
    const program = 'console.error("a warning"); console.log("port 1"); setTimeout(() => {}, 60_000)';
    const args = ['-e', program];
    const server = await ChildServer.start({
      name: 'example',
      command: process.execPath,
      args,
      readyText: /^port \d+$/m,
    });
    await server.stop('SIGKILL');
    expect([server.stdout, server.stderr]).toEqual(['port 1\n', 'a warning\n']);
  });

  it('has no exit code after SIGKILL', async () => {
    const server = await ChildServer.start(await specOf(SERVE));
    expect(await server.stop('SIGKILL')).toBeNull();
  });

  it('tells why one that ends early never got ready', async () => {
    const started = ChildServer.start(await specOf('console.error("no such disk"); process.exit(1)'));
    await expect(started).rejects.toMatchObject({
      code: 'ERR_CHILD_SERVER',
      message: expect.stringContaining('no such disk') as string,
    });
  });
});
