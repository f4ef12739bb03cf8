import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EtcdClient } from '../../src/original/etcd/client.ts';
import { etcdAccess } from '../../src/original/etcd/environment.ts';
import { findKeys } from '../../src/original/etcd/find-keys.ts';
import { makeAuthority } from '../support/certificates.ts';
import { startEtcd } from '../support/etcd.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('an etcd that asks for a client certificate is read with the variables of the original', async () => {
  using directory = temporaryDirectory();
  const file = (name: string, text: string) => {
    const path = join(directory.path, name);
    writeFileSync(path, text);
    return path;
  };
  const authority = await makeAuthority('CA of etcd');
  const server = await authority.issue({ address: '127.0.0.1' });
  const client = await authority.issue({ name: 'commissaire' });
  const ca = file('ca.pem', authority.certificate);
  const flags = [
    `--cert-file=${file('server.pem', server.certificate)}`,
    `--key-file=${file('server.key', server.key)}`,
    `--trusted-ca-file=${ca}`,
    '--client-cert-auth',
  ];
  await using etcd = await startEtcd(flags, 'https');
  const environment = {
    ETCD_MACHINES: `https://127.0.0.1:1, ${etcd.url}`,
    ETCD_CACERT: ca,
    ETCD_TLSPEM: file('client.pem', client.certificate),
    ETCD_TLSKEY: file('client.key', client.key),
  };
  const access = etcdAccess({ endpoints: [] }, environment);
  const empty = findKeys(access, '/commissaire');
  await expect(empty).rejects.toThrow('etcd has no keys below /commissaire');
  const tls = { cert: client.certificate, key: client.key, ca: authority.certificate };
  const body = new URLSearchParams({ value: '{}' });
  await fetch(`${etcd.url}/v2/keys/commissaire/hosts/192.0.2.1`, { method: 'PUT', body, tls });
  expect((await findKeys(access, '/commissaire')).keys).toEqual([{ key: '/commissaire/hosts/192.0.2.1', value: '{}' }]);
  const { ETCD_TLSPEM: _, ETCD_TLSKEY: __, ...stranger } = environment;
  await expect(findKeys(etcdAccess({ endpoints: [] }, stranger), '/commissaire')).rejects.toThrow('no etcd answers');
});

test('a user and a password are needed where etcd asks for them, by both APIs', async () => {
  await using etcd = await startEtcd();
  await etcd.put('/commissaire/hosts/192.0.2.1', '{}');
  await etcd.putV3('/commissaire/hosts/192.0.2.2', '{}');
  const client = new EtcdClient({ endpoints: [etcd.url] });
  const post = (path: string, body: object) => client.request({ method: 'POST', path, body });
  await post('/v3/auth/user/add', { name: 'root', password: 'secret' });
  await post('/v3/auth/user/grant', { user: 'root', role: 'root' });
  await post('/v3/auth/role/add', { name: 'root' });
  await post('/v3/auth/user/grant', { user: 'root', role: 'root' });
  await post('/v3/auth/enable', {});
  const put = (path: string, body: object, headers = {}) =>
    fetch(`${etcd.url}/v2/auth/${path}`, {
      method: 'PUT',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  await put('users/root', { user: 'root', password: 'secret' });
  await put('enable', {});
  const root = { authorization: `Basic ${btoa('root:secret')}` };
  await put('roles/guest', { role: 'guest', revoke: { kv: { read: ['/*'], write: ['/*'] } } }, root);
  const given = { endpoints: [etcd.url], user: 'root' };
  for (const api of ['v2', 'v3'] as const) {
    const right = await findKeys(etcdAccess(given, { ETCD_PASSWORD: 'secret' }), '/commissaire', api);
    expect(right.keys).toHaveLength(1);
    const wrong = findKeys(etcdAccess(given, { ETCD_PASSWORD: 'wrong' }), '/commissaire', api);
    await expect(wrong).rejects.toMatchObject({ code: 'etcd_unreadable' });
    const nobody = findKeys(etcdAccess({ endpoints: [etcd.url] }, {}), '/commissaire', api);
    await expect(nobody).rejects.toMatchObject({ code: 'etcd_unreadable' });
  }
});
