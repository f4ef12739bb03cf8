import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

export interface Rate {
  perSecond: number;
  /** Milliseconds in which 99 of 100 requests were answered. */
  p99: number;
}

export interface Load {
  port: number;
  /** The options of TLS; without them plain HTTP. */
  tls?: ConnectionOptions;
  path: string;
  headers?: Readonly<Record<string, string>>;
  connections: number;
  seconds: number;
}

/**
 * Sends one request after the other over connections that stay open, each as soon as the previous one is answered. It
 * replaces wrk, which cannot use a client certificate. Any status but 200 is an error.
 */
export async function rawRate({ port, tls, path, headers = {}, connections, seconds }: Load): Promise<Rate> {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const request = `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  const times: number[] = [];
  const sockets = await Promise.all(Array.from({ length: connections }, () => opened(port, tls)));
  const begun = performance.now();
  const end = begun + seconds * 1000;
  await Promise.all(sockets.map((socket) => exchange(socket, request, { end, times })));
  const took = (performance.now() - begun) / 1000;
  times.sort((one, other) => one - other);
  return { perSecond: times.length / took, p99: times[Math.floor(times.length * 0.99)] ?? 0 };
}

function opened(port: number, tls: ConnectionOptions | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket =
      tls === undefined
        ? connect({ host: '127.0.0.1', port }, () => resolve(socket))
        : connectTls({ ...tls, host: '127.0.0.1', port, ALPNProtocols: ['http/1.1'] }, () => resolve(socket));
    socket.once('error', reject);
  });
}

function exchange(socket: Socket, request: string, { end, times }: { end: number; times: number[] }): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = '';
    let sentAt = 0;
    const send = () => {
      if (performance.now() >= end) {
        socket.destroy();
        return resolve();
      }
      received = '';
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const head = received.indexOf('\r\n\r\n');
      if (head === -1) return;
      if (!received.startsWith('HTTP/1.1 200')) return reject(new Error(received.slice(0, 200)));
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (received.length < head + 4 + length) return;
      times.push(performance.now() - sentAt);
      send();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve());
    send();
  });
}
