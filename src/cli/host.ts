import { command, group } from './context.ts';
import { deleteEach } from './delete-each.ts';
import { hostKey } from './host-key.ts';
import { hostLabel } from './host-label.ts';
import { hostList } from './host-list.ts';
import { hostSsh } from './host-ssh.ts';
import { hostRecord } from './host-table.ts';
import { labelsOf } from './labels.ts';
import { print } from './output.ts';
import { readPrivateKey } from './private-key-file.ts';

const address = { summary: 'IPv4 or IPv6 address or DNS name of the host' };
const sshPrivKey = { summary: 'private key file to log in with, or - for stdin' };
const login = {
  remoteUser: { type: 'text', short: 'r', placeholder: 'USER', summary: 'user to log in as' },
  port: { type: 'integer', minimum: 1, maximum: 65_535, placeholder: 'N', summary: 'port of sshd' },
  proxyJump: {
    type: 'text',
    short: 'J',
    placeholder: 'ADDRESSES',
    summary: 'hosts to go through, comma-separated; none for a direct connection',
  },
} as const;

const create = command({
  name: 'create',
  summary: 'Register a host and start its investigation',
  arguments: { address, sshPrivKey },
  options: {
    cluster: { type: 'text', short: 'c', placeholder: 'NAME', summary: 'cluster the host joins' },
    ...login,
    hostKey: {
      type: 'text',
      placeholder: 'SHA256:…',
      summary: 'fingerprint the host must show from the first contact on',
    },
    label: { type: 'list', placeholder: 'KEY=VALUE', summary: 'label of the host; repeatable' },
  },
  examples: [
    'commctl host create 192.0.2.11 ~/.ssh/id_ed25519',
    'commctl host create --cluster web --remote-user admin 192.0.2.12 - < key',
    'commctl host create --proxy-jump 192.0.2.1 198.51.100.7 ~/.ssh/id_ed25519',
  ],
  async handler(
    context,
    { address, sshPrivKey, cluster, remoteUser: remote_user, port, proxyJump: proxy_jump, hostKey: host_key, label },
  ) {
    const labels = label.length === 0 ? undefined : labelsOf(label);
    const ssh_priv_key = await readPrivateKey(sshPrivKey, context.terminal);
    const client = await context.connect();
    const login = { ssh_priv_key, remote_user, port, proxy_jump };
    const host = await client.hosts.create(address, { ...login, cluster, host_key, labels });
    return print(context, { value: host, table: () => hostRecord(host) });
  },
});

const get = command({
  name: 'get',
  summary: 'Show a host',
  arguments: { address },
  options: {},
  examples: ['commctl host get 192.0.2.11'],
  async handler(context, { address }) {
    const host = await (await context.connect()).hosts.get(address);
    return print(context, { value: host, table: () => hostRecord(host) });
  },
});

const remove = command({
  name: 'delete',
  summary: 'Take hosts out of the inventory; nothing is done on them',
  arguments: { address: { ...address, many: true } },
  options: {},
  examples: ['commctl host delete 192.0.2.11 192.0.2.12'],
  async handler(context, { address }) {
    const client = await context.connect();
    return deleteEach(context, address, (each) => client.hosts.delete(each));
  },
});

const status = command({
  name: 'status',
  summary: 'Show the state of a host and what its container manager says of it',
  arguments: { address },
  options: {},
  examples: ['commctl host status 192.0.2.11'],
  async handler(context, { address }) {
    return print(context, { value: await (await context.connect()).hosts.status(address) });
  },
});

const clusterName = { summary: 'name of the cluster' };

const join = command({
  name: 'join',
  summary: 'Add a host to a cluster',
  arguments: { address, cluster: clusterName },
  options: {},
  examples: ['commctl host join 192.0.2.11 web'],
  async handler(context, { address, cluster }) {
    return print(context, { value: await (await context.connect()).clusters.addMember(cluster, address) });
  },
});

const unjoin = command({
  name: 'unjoin',
  summary: 'Take a host out of a cluster',
  arguments: { address, cluster: clusterName },
  options: {},
  examples: ['commctl host unjoin 192.0.2.11 web'],
  async handler(context, { address, cluster }) {
    await (await context.connect()).clusters.removeMember(cluster, address);
    return print(context, { value: 'Success' });
  },
});

const creds = command({
  name: 'creds',
  summary: 'Change how to log in to a host; what is not given stays',
  arguments: { address, sshPrivKey },
  options: login,
  examples: ['commctl host creds 192.0.2.11 new-key', 'commctl host creds --remote-user admin 192.0.2.11 - < new-key'],
  async handler(context, { address, sshPrivKey, remoteUser: remote_user, port, proxyJump: proxy_jump }) {
    const ssh_priv_key = await readPrivateKey(sshPrivKey, context.terminal);
    const client = await context.connect();
    const changed = await client.hosts.setCredentials(address, { ssh_priv_key, remote_user, port, proxy_jump });
    // The key was just given; it has no business on a screen or in a log.
    const shown = Object.entries(changed).filter(([member]) => member !== 'ssh_priv_key');
    return print(context, { value: Object.fromEntries(shown) });
  },
});

export const host = group('host', 'The machines: their registration, state, credentials and host keys', [
  create,
  get,
  hostList,
  remove,
  status,
  join,
  unjoin,
  creds,
  hostSsh,
  hostLabel,
  hostKey,
]);
