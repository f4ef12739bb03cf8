import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Whom a client believes, and the certificate it shows if any, all PEM. */
export interface ClientTls {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface RawRequest {
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  chunked?: boolean;
  /** The loopback address to connect from. */
  from?: string;
  /** For a URL of HTTPS. */
  tls?: ClientTls | undefined;
}

export interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
}

const patienceMs = 10_000;

/**
 * One HTTP/1.1 request, byte for byte: `fetch` would tidy the path and would not send a body with GET. Reads until the
 * server closes. @throws Error when that takes longer than ten seconds, or the answer is not HTTP
 */
export async function rawRequest(
  url: string,
  method: string,
  target: string,
  { headers = {}, body = '', chunked = false, from, tls }: RawRequest = {},
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url);
  const bytes = Buffer.from(body);
  const length: Record<string, string> = chunked
    ? { 'transfer-encoding': 'chunked' }
    : bytes.length > 0
      ? { 'content-length': String(bytes.length) }
      : {};
  const lines = Object.entries({ host, connection: 'close', ...length, ...headers }).map((line) => line.join(': '));
  const head = `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  const place = { host: hostname, port: Number(port), ...(from === undefined ? {} : { localAddress: from }) };
  const socket = tls === undefined ? connect(place) : connectTls({ ...place, ...tls });
  return parse(await exchange(socket, [Buffer.from(head), chunked ? inChunks(bytes) : bytes]));
}

/** Announces a longer body than it sends, and closes the connection. */
export function brokenOffRequest(
  url: string,
  method: string,
  target: string,
  { headers = {}, body = '' }: Pick<RawRequest, 'headers' | 'body'>,
): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const fields = Object.entries({ host, 'content-length': '100000', ...headers }).map((field) => field.join(': '));
  const socket = connect({ host: hostname, port: Number(port) });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.write(`${method} ${target} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  });
}

function exchange(socket: ReturnType<typeof connect>, parts: readonly Uint8Array[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const end = () => resolve(Buffer.concat(received).toString('utf8'));
    socket.setTimeout(patienceMs, () => socket.destroy(new Error('no answer in time')));
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('end', end);
    socket.on('close', end);
    // A server that has answered and closed while the body was still on its way resets: the answer is what counts.
    socket.on('error', (error) => (received.length > 0 ? end() : reject(error)));
    for (const part of parts) socket.write(part);
  });
}

function inChunks(bytes: Buffer): Buffer {
  const size = 60_000;
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => {
    const chunk = bytes.subarray(index * size, (index + 1) * size);
    return Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
  });
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) throw new Error(`not an HTTP answer: ${JSON.stringify(text.slice(0, 200))}`);
  const headers = new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status, headers, text: rest.join('\r\n\r\n') };
}
