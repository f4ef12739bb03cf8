import { hostFormats } from '../inventory/formats/described-hosts.ts';
import { createHosts } from './bulk/create-hosts.ts';
import { type Context, command } from './context.ts';
import type { OptionValues } from './declaration.ts';
import { login, sshPrivKey } from './host-login.ts';
import { hostRecord } from './host-table.ts';
import { labelsOf } from './labels.ts';
import { print } from './output.ts';
import { readPrivateKey } from './private-key-file.ts';
import { UsageError } from './usage-error.ts';

const options = {
  cluster: {
    type: 'text',
    formerShort: 'c',
    placeholder: 'NAME',
    completes: 'cluster',
    summary: 'cluster that the host joins',
  },
  ...login,
  hostKey: {
    type: 'text',
    placeholder: 'SHA256:…',
    summary: 'fingerprint that the host must show from the first connection on',
  },
  label: { type: 'list', placeholder: 'KEY=VALUE', summary: 'label of the host; repeatable' },
  file: {
    type: 'text',
    short: 'f',
    placeholder: 'FILE',
    summary:
      'file with hosts: YAML, CSV, Ansible inventory or ssh configuration; the other options are defaults for all',
  },
  format: {
    type: 'text',
    placeholder: 'FORMAT',
    choices: hostFormats,
    summary: 'with --file: its format; without it the name and the content of the file tell',
  },
  key: { type: 'text', placeholder: 'FILE', summary: 'with --file: private key for the hosts without one in the file' },
} as const;

export const create = command({
  name: 'create',
  summary: 'Register a host, or the hosts of a file, and start their investigation',
  arguments: {
    address: { summary: 'IPv4 or IPv6 address or DNS name of the host', optional: true },
    sshPrivKey: { ...sshPrivKey, optional: true },
  },
  options,
  examples: [
    'commctl host create 192.0.2.11 ~/.ssh/id_ed25519',
    'commctl host create --cluster web --remote-user admin 192.0.2.12 - < key',
    'commctl host create --proxy-jump 192.0.2.1 198.51.100.7 ~/.ssh/id_ed25519',
    'commctl host create --file hosts.csv --key ~/.ssh/id_ed25519',
    'commctl host create --file ~/.ssh/config --format ssh-config',
  ],
  async handler(context, { address, sshPrivKey, file, format, key, ...given }) {
    if (file === undefined) {
      if (format !== undefined) throw new UsageError('--format is for --file FILE');
      return createOne(context, { address, sshPrivKey, key }, given);
    }
    if (address !== undefined) throw new UsageError('an address and --file do not go together');
    if (given.hostKey !== undefined) {
      throw new UsageError('--host-key and --file do not go together', {
        hint: 'write host_key of each host into the file',
      });
    }
    if (file === '-' && key === '-') throw new UsageError('stdin cannot be both the hosts and their key');
    return createHosts(context, { path: file, format }, { key, ...bodyOf(given) });
  },
});

type Given = Omit<OptionValues<typeof options>, 'file' | 'format' | 'key'>;

interface One {
  address: string | undefined;
  sshPrivKey: string | undefined;
  key: string | undefined;
}

async function createOne(context: Context, { address, sshPrivKey, key }: One, given: Given): Promise<number> {
  if (key !== undefined) throw new UsageError('--key is for --file FILE');
  if (address === undefined) throw missing('address');
  if (sshPrivKey === undefined) throw missing('ssh-priv-key');
  const body = { ...bodyOf(given), host_key: given.hostKey };
  const ssh_priv_key = await readPrivateKey(sshPrivKey, context.terminal);
  const client = await context.connect();
  const host = await client.hosts.create(address, { ssh_priv_key, ...body });
  return print(context, { value: host, table: () => hostRecord(host) });
}

function missing(argument: string): UsageError {
  return new UsageError(`missing required argument '${argument}'`, {
    hint: 'give ADDRESS and SSH-PRIV-KEY, or --file',
  });
}

function bodyOf({ cluster, remoteUser: remote_user, port, proxyJump: proxy_jump, label }: Given) {
  const labels = label.length === 0 ? undefined : labelsOf(label);
  return { cluster, remote_user, port, proxy_jump, labels };
}
