import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStorageConfiguration } from '../../src/original/storage-configuration.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const etcd = {
  server_url: 'https://etcd:2379',
  certificate_path: '/c',
  certificate_key_path: '/k',
  certificate_ca_path: '/a',
};
const found = {
  serverUrl: 'https://etcd:2379',
  certificatePath: '/c',
  certificateKeyPath: '/k',
  certificateCaPath: '/a',
};

test.each([
  ['an array of handlers', { storage_handlers: [{ type: 'x.kubernetes' }, { type: 'etcd', ...etcd }] }, found],
  ['one handler', { 'storage-handlers': { type: 'commissaire.storage.etcd', ...etcd } }, found],
  [
    'the form of version 0.0.1',
    { 'register-store-handler': [{ name: 'commissaire.store.etcdstorehandler', 'server-url': 'http://e:1' }] },
    { serverUrl: 'http://e:1' },
  ],
  ['only Custodia', { custodia_socket_path: '/run/c.sock' }, { custodiaSocketPath: '/run/c.sock' }],
])('%s', (_, configuration, expected) => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'storage.conf');
  writeFileSync(file, JSON.stringify(configuration));
  expect(readStorageConfiguration(file)).toEqual(expected);
});

test.each([
  ['no JSON', '{', 'is not a JSON object'],
  ['nothing about a store', '{"debug": true}', 'names neither an etcd nor a Custodia'],
])('%s is refused', (_, text, said) => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'storage.conf');
  writeFileSync(file, text);
  expect(() => readStorageConfiguration(file)).toThrow(said);
  expect(() => readStorageConfiguration(join(directory.path, 'none'))).toThrow('cannot read');
});
