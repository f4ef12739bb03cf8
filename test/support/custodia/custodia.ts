import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../temporary.ts';
import { until } from '../until.ts';

/** Debian's Custodia, which seals secrets and keeps them in an etcd, as the original's does (contract 11.3). */
export interface TestCustodia extends AsyncDisposable {
  readonly socket: string;
  /** The file of the master key, which Custodia makes. */
  readonly keyFile: string;
  /** Stores the credentials of a host as the original does. */
  save(address: string, credentials: object): Promise<void>;
}

export async function startCustodia(etcdPort: number): Promise<TestCustodia> {
  const directory = temporaryDirectory();
  const socket = join(directory.path, 'custodia.sock');
  const keyFile = join(directory.path, 'secrets.key');
  const configuration = join(directory.path, 'custodia.conf');
  writeFileSync(configuration, configurationText({ directory: directory.path, socket, keyFile, etcdPort }));
  const child = Bun.spawn(['/usr/sbin/custodia', configuration], {
    env: { PATH: process.env.PATH ?? '', PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: '1' },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: Bun.file(join(directory.path, 'log')),
  });
  await until(() => existsSync(socket));
  const request = (method: string, path: string, body?: string) =>
    fetch(`http://custodia/secrets/${path}`, {
      method,
      unix: socket,
      headers: { remote_user: 'commissaire', 'content-type': 'application/octet-stream' },
      ...(body === undefined ? {} : { body }),
    });
  const created = await request('POST', 'hosts/');
  if (created.status !== 201) throw new Error(`Custodia answers ${created.status}`);
  return {
    socket,
    keyFile,
    async save(address, credentials) {
      const { status } = await request('PUT', `hosts/${address}`, JSON.stringify(credentials));
      if (status !== 201) throw new Error(`Custodia answers ${status}`);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await child.exited;
      directory[Symbol.dispose]();
    },
  };
}

interface Places {
  directory: string;
  socket: string;
  keyFile: string;
  etcdPort: number;
}

/** The sample of the original, with its namespace. */
function configurationText({ directory, socket, keyFile, etcdPort }: Places): string {
  return `[global]
server_socket = ${socket}
auditlog = ${directory}/audit.log
[auth:header]
handler = SimpleHeaderAuth
header = REMOTE_USER
[authz:paths]
handler = SimplePathAuthz
paths = /. /secrets
[store:etcd]
handler = etcd_store.EtcdStore
etcd_port = ${etcdPort}
namespace = commissaire/custodia
[store:encrypted_etcd]
handler = EncryptedOverlay
backing_store = etcd
master_key = ${keyFile}
master_enctype = A256CBC-HS512
autogen_master_key = true
[/]
handler = Root
[/secrets]
handler = Secrets
store = encrypted_etcd
`;
}
