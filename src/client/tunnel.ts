import { connect, type Socket } from 'node:net';

/** The longest answer of a proxy. */
const mostBytes = 16 * 1024;

/**
 * Opens a tunnel through an HTTP proxy (RFC 9110, 9.3.6).
 *
 * @param destination `HOST:PORT`
 * @throws Error when the proxy cannot be reached or refuses; the reason of the signal
 */
export function openTunnel(proxy: string, destination: string, signal: AbortSignal): Promise<Socket> {
  const { hostname, port, username, password } = new URL(proxy);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization =
    username === '' ? '' : `Proxy-Authorization: Basic ${Buffer.from(credentials, 'utf8').toString('base64')}\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) });
    const giveUp = () => fail(signal.reason instanceof Error ? signal.reason : new Error('given up'));
    let answer = '';
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once('connect', () => {
      socket.write(`CONNECT ${destination} HTTP/1.1\r\nHost: ${destination}\r\n${authorization}\r\n`);
    });
    socket.on('data', read);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });

    function read(chunk: Buffer): void {
      answer += chunk.toString('latin1');
      const isWhole = answer.includes('\r\n\r\n');
      if (!isWhole && answer.length < mostBytes) return;
      const [line = ''] = answer.split('\r\n', 1);
      // The server speaks only after the client has begun TLS: nothing may follow the answer of the proxy.
      if (!isWhole || !/^HTTP\/1\.[01] 2\d\d\b/.test(line) || !answer.endsWith('\r\n\r\n')) {
        fail(new Error(`the proxy refused to open a tunnel: ${line.slice(0, 200)}`));
      } else {
        letGo();
        resolve(socket);
      }
    }

    function fail(error: Error): void {
      letGo();
      socket.destroy();
      reject(error);
    }

    function closed(): void {
      fail(new Error('the proxy closed the connection'));
    }

    function letGo(): void {
      signal.removeEventListener('abort', giveUp);
      socket.off('data', read);
      socket.off('error', fail);
      socket.off('close', closed);
      socket.on('error', () => {});
    }
  });
}
