/** Whether a server takes HTTP/2 by prior knowledge: only HTTP/1.1 may be spoken. */
import { connect } from 'node:net';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** An empty SETTINGS frame: length 0, type 4, no flags, stream 0. */
const SETTINGS_FRAME = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const FRAME_TYPE_OFFSET = 3;
const SETTINGS_TYPE = 4;
const ANSWER_TIMEOUT_MS = 5000;

/** Sends an HTTP/2 preface; a server that speaks HTTP/2 answers with a SETTINGS frame. */
export function acceptsHttp2(address: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(address.port, address.host, () => {
      socket.write(PREFACE);
      socket.write(SETTINGS_FRAME);
    });
    const chunks: Buffer[] = [];
    const finish = (): void => {
      socket.destroy();
      resolve(startsWithSettings(Buffer.concat(chunks)));
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, finish);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (Buffer.concat(chunks).length >= SETTINGS_FRAME.length) finish();
    });
    socket.on('close', finish);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') finish();
      else reject(error);
    });
  });
}

function startsWithSettings(answer: Buffer): boolean {
  const isText = answer.subarray(0, 5).toString('latin1') === 'HTTP/';
  return !isText && answer.length >= SETTINGS_FRAME.length && answer[FRAME_TYPE_OFFSET] === SETTINGS_TYPE;
}
