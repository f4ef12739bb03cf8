import { connect, createServer, type Socket } from 'node:net';

/** A real HTTP proxy: `CONNECT`, and requests with the whole URL (RFC 9110, 9.3.6; RFC 9112, 3.2.2). */
export interface HttpProxy extends AsyncDisposable {
  /** Its URL, with the credentials that it wants. */
  readonly url: string;
  readonly port: number;
  /** The request lines that came, such as `CONNECT hooks.example.com:443` and `GET http://hooks.example.com/`. */
  readonly asked: string[];
}

interface HttpProxyOptions {
  /** `USER:PASSWORD`. */
  credentials?: string;
}

/** Every name leads to the same port of this machine, so that tests can use names that are not loopback. */
export async function startHttpProxy({ credentials }: HttpProxyOptions = {}): Promise<HttpProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const wanted = credentials && `proxy-authorization: Basic ${Buffer.from(credentials).toString('base64')}`;
  const server = createServer((client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    let received = Buffer.alloc(0);
    const read = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      client.off('data', read);
      client.pause();
      const head = received.subarray(0, end).toString('latin1');
      const [line = '', ...fields] = head.split('\r\n');
      const [method = '', target = ''] = line.split(' ');
      asked.push(`${method} ${target}`);
      if (wanted !== undefined && !fields.some((field) => isSame(field, wanted))) {
        return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      }
      const isTunnel = method === 'CONNECT';
      const url = new URL(isTunnel ? `http://${target}` : target);
      const peer = connect({ host: '127.0.0.1', port: Number(url.port || 80) });
      open.add(peer);
      peer.on('error', () => client.destroy());
      peer.on('connect', () => {
        const rest = received.subarray(end + 4);
        if (isTunnel) client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        else {
          const kept = fields.filter((field) => !/^(proxy-|connection:)/i.test(field));
          const lines = [`${method} ${url.pathname}${url.search} HTTP/1.1`, ...kept, 'Connection: close'];
          peer.write(`${lines.join('\r\n')}\r\n\r\n`);
        }
        if (rest.length > 0) peer.write(rest);
        client.pipe(peer);
        peer.pipe(client);
      });
    };
    client.on('data', read);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const port = Number(Object(server.address()).port);
  const user = credentials === undefined ? '' : `${credentials}@`;
  return {
    url: `http://${user}127.0.0.1:${port}`,
    port,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The name of a field has no case; its value has. */
function isSame(field: string, wanted: string): boolean {
  const [name = '', value] = field.split(/: (.*)/);
  return `${name.toLowerCase()}: ${value}` === wanted;
}
