import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOOPBACK_HOST } from '@promontory/tools';
import { head, RawConnection, WRITE_HEADERS } from './raw-connection.ts';
import { makeFolder, TestServer } from './test-server.ts';
import { writeBody } from './write-body.ts';

let folder = '';
let certPath = '';
let keyPath = '';
let server: TestServer;

async function makeCertificate(name: string): Promise<{ certPath: string; keyPath: string }> {
  const paths = { certPath: join(folder, `${name}.crt`), keyPath: join(folder, `${name}.key`) };
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const output = ['-keyout', paths.keyPath, '-out', paths.certPath];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    ...subject,
    ...output,
  ]);
  return paths;
}

beforeAll(async () => {
  folder = await makeFolder();
  ({ certPath, keyPath } = await makeCertificate('server'));
  server = await TestServer.start({ flags: ['--tls-cert', certPath, '--tls-key', keyPath] });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function open(options: ConnectionOptions): Promise<{ connection: RawConnection; protocol: string }> {
  const socket = connect({ host: LOOPBACK_HOST, port: server.port, rejectUnauthorized: false, ...options });
  const connection = await RawConnection.over(socket, 'secureConnect');
  return { connection, protocol: socket.alpnProtocol === false ? '' : (socket.alpnProtocol ?? '') };
}

describe('ALPN', () => {
  it.each([
    ['h2 and http/1.1', ['h2', 'http/1.1']],
    ['http/1.1', ['http/1.1']],
    ['nothing', []],
  ])('a client that offers %s is never answered h2, and is served HTTP/1.1', async (_what, offered) => {
    const { connection, protocol } = await open({ ALPNProtocols: offered });
    expect(['', 'http/1.1']).toContain(protocol);
    connection.send(head('GET /-/healthy'));
    const { status, body } = await connection.answer();
    expect([status, body.toString()]).toEqual([200, 'Promontory is Healthy.\n']);
    connection.close();
  });

  it('a client that offers only h2 gets no HTTP/2', async () => {
    const spoken = await open({ ALPNProtocols: ['h2'] }).then(
      async ({ connection, protocol }) => {
        connection.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
        return `${protocol}:${await connection.lastStatus()}`;
      },
      () => 'no handshake',
    );
    expect(['no handshake', ':505']).toContain(spoken);
  });
});

it('writes and queries work, also with large answers', async () => {
  const nowMs = Date.now();
  const samples = Array.from({ length: 3000 }, (_, index) => [nowMs - index * 1000, index / 3] as const);
  const body = writeBody([{ labels: { __name__: 'secure' }, samples }]);
  const { connection } = await open({});
  connection.send(head('POST /api/v1/write', ...WRITE_HEADERS, `Content-Length: ${body.length}`), body);
  expect((await connection.answer()).status).toBe(204);
  connection.send(head(`GET /api/v1/query?query=secure[1h]&time=${nowMs / 1000}`));
  const { status, body: answer } = await connection.answer();
  expect([status, answer.length > 80_000]).toEqual([200, true]);
  expect(answer.toString()).toMatch(/\]\]\}\]\}\}$/);
  connection.close();
});

it.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused', async (version) => {
  const opened = open({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
  await expect(opened).rejects.toThrow(/alert|unsupported|no protocols/i);
});

it('plain HTTP on the TLS port is closed', async () => {
  const connection = await RawConnection.to(server.port);
  connection.send(head('GET /-/healthy'));
  await connection.closed();
  expect(connection.received.toString('latin1')).not.toContain('HTTP/1.1 200');
});

describe('files that cannot be used are one clear line and exit 1', () => {
  it.each([
    [
      'a missing certificate',
      (): Promise<[string, string]> => Promise.resolve(['/nonexistent.crt', keyPath]),
    ],
    [
      'a key of another certificate',
      async (): Promise<[string, string]> => [certPath, (await makeCertificate('other')).keyPath],
    ],
    [
      'no PEM',
      async (): Promise<[string, string]> => {
        const path = join(folder, 'text.crt');
        await writeFile(path, 'not a certificate\n');
        return [path, keyPath];
      },
    ],
  ])('%s', async (_what, files) => {
    const [cert, key] = await files();
    const started = TestServer.start({ flags: ['--tls-cert', cert, '--tls-key', key] });
    await expect(started).rejects.toThrow(
      /^promontory: cannot start: cannot serve TLS with certificate .*$/m,
    );
  });
});
