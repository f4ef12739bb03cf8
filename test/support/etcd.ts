import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary.ts';
import { until } from './until.ts';

/** A real etcd, with both of its APIs. */
export interface TestEtcd extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly dataDirectory: string;
  /** Writes a v2 key, as the original does. */
  put(key: string, value: string): Promise<void>;
  putV3(key: string, value: string): Promise<void>;
  /** The number of changes to its v2 keys so far. */
  writes(): Promise<string | null>;
  /** Ends it; its data directory stays until it is disposed of. */
  stop(): Promise<void>;
}

/** @param flags on top of those that make it listen on a free port of loopback */
export async function startEtcd(flags: readonly string[] = [], scheme = 'http'): Promise<TestEtcd> {
  const directory = temporaryDirectory();
  const dataDirectory = join(directory.path, 'data');
  const [port, peerPort] = [await freePort(), await freePort()];
  const url = `${scheme}://127.0.0.1:${port}`;
  const child = Bun.spawn(
    [
      'etcd',
      `--data-dir=${dataDirectory}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
      `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
      '--enable-v2',
      ...flags,
    ],
    {
      env: { PATH: process.env.PATH ?? '' },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: Bun.file(join(directory.path, 'log')),
    },
  );
  const stop = async () => {
    child.kill('SIGTERM');
    await child.exited;
  };
  const request = (path: string, init: RequestInit) => fetch(`${url}${path}`, { ...init, proxy: '' } as RequestInit);
  await until(async () =>
    scheme === 'https'
      ? accepts(port)
      : request('/health', {}).then(
          ({ ok }) => ok,
          () => false,
        ),
  );
  return {
    url,
    port,
    dataDirectory,
    async put(key, value) {
      const body = new URLSearchParams({ value });
      const path = key.split('/').map(encodeURIComponent).join('/');
      const { status } = await request(`/v2/keys${path}`, { method: 'PUT', body });
      if (status > 201) throw new Error(`etcd answers ${status}`);
    },
    async putV3(key, value) {
      const body = JSON.stringify({ key: btoa(key), value: btoa(value) });
      const { status } = await request('/v3/kv/put', { method: 'POST', body });
      if (status !== 200) throw new Error(`etcd answers ${status}`);
    },
    writes: async () => (await request('/v2/keys', {})).headers.get('x-etcd-index'),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      directory[Symbol.dispose]();
    },
  };
}

/** A port of loopback that nothing listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } })).end();
    return true;
  } catch {
    return false;
  }
}
