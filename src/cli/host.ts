import { isIP } from 'node:net';
import type { Client } from '../client/connect.ts';
import { yes } from './confirmation.ts';
import { command, group } from './context.ts';
import { deleteEach } from './delete-each.ts';
import { create } from './host-create.ts';
import { hostKey } from './host-key.ts';
import { hostLabel } from './host-label.ts';
import { hostList } from './host-list.ts';
import { login, sshPrivKey } from './host-login.ts';
import { join, unjoin } from './host-membership.ts';
import { hostRename } from './host-rename.ts';
import { hostSsh } from './host-ssh.ts';
import { hostRecord, statusRecord } from './host-table.ts';
import { membershipsOf } from './memberships.ts';
import { force } from './noun.ts';
import { print } from './output.ts';
import { readPrivateKey } from './private-key-file.ts';

const address = { summary: 'address or name of the host', completes: 'host' } as const;

const get = command({
  name: 'get',
  summary: 'Show a host',
  arguments: { address },
  options: {},
  examples: ['commctl host get 192.0.2.11'],
  async handler(context, { address }) {
    const client = await context.connect();
    const host = await client.hosts.get(address);
    const memberships = await membershipsOf(client, context.format === 'table' ? [host.address] : []);
    return print(context, { value: host, table: () => hostRecord(host, memberships.get(host.address)) });
  },
});

const remove = command({
  name: 'delete',
  summary: 'Remove hosts from the inventory; nothing is done on the machines',
  arguments: { address: { ...address, many: true } },
  options: { force, yes },
  examples: ['commctl host delete 192.0.2.11 192.0.2.12'],
  async handler(context, { address: names, force, yes }) {
    const client = await context.connect();
    return deleteEach(context, { noun: 'host', names, yes }, (each) => client.hosts.delete(each, { force }));
  },
});

const status = command({
  name: 'status',
  summary: 'Show the status of a host and its node in the container manager',
  arguments: { address },
  options: {},
  examples: ['commctl host status 192.0.2.11'],
  async handler(context, { address }) {
    const client = await context.connect();
    const state = await client.hosts.status(address);
    const known = context.format === 'table' ? [await addressFor(client, address)] : [];
    const memberships = await membershipsOf(client, known);
    const names = [address];
    return print(context, { value: state, names, table: () => statusRecord(state, memberships.get(known[0] ?? '')) });
  },
});

/** The memberships are asked for by address, and the status of a host does not say it. */
async function addressFor(client: Client, given: string): Promise<string> {
  if (isIP(given) !== 0) return given;
  return client.hosts.get(given).then(
    (host) => host.address,
    () => given,
  );
}

const creds = command({
  name: 'creds',
  summary: 'Change the credentials of a host; options that are not given stay',
  arguments: { address, sshPrivKey },
  options: login,
  examples: ['commctl host creds 192.0.2.11 new-key', 'commctl host creds --remote-user admin 192.0.2.11 - < new-key'],
  async handler(context, { address, sshPrivKey, remoteUser: remote_user, port, proxyJump: proxy_jump }) {
    const ssh_priv_key = await readPrivateKey(sshPrivKey, context.terminal);
    const client = await context.connect();
    const changed = await client.hosts.setCredentials(address, { ssh_priv_key, remote_user, port, proxy_jump });
    // The key was just given, and must not appear on a screen or in a log.
    const shown = Object.entries(changed).filter(([member]) => member !== 'ssh_priv_key');
    return print(context, { value: Object.fromEntries(shown) });
  },
});

export const host = group('host', 'Hosts: registration, status, credentials and host keys', [
  create,
  get,
  hostList,
  remove,
  status,
  join,
  unjoin,
  creds,
  hostRename,
  hostSsh,
  hostLabel,
  hostKey,
]);
