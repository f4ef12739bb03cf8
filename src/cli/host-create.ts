import type { HostView } from '../client/records.ts';
import { hostFormats } from '../inventory/formats/described-hosts.ts';
import { changesOf } from './bulk/changes.ts';
import { createHosts } from './bulk/create-hosts.ts';
import { groupUses } from './bulk/groups.ts';
import { type Context, command } from './context.ts';
import type { OptionValues } from './declaration.ts';
import { login, sshPrivKey } from './host-login.ts';
import { hostRecord } from './host-table.ts';
import { joinedCluster } from './joined-cluster.ts';
import { labelsOf } from './labels.ts';
import { print } from './output.ts';
import { readPrivateKey } from './private-key-file.ts';
import { sameMachineWarnings } from './same-machine.ts';
import { UsageError } from './usage-error.ts';

const options = {
  cluster: joinedCluster,
  ...login,
  hostKey: {
    type: 'text',
    placeholder: 'SHA256:…',
    summary: 'fingerprint that the host must show from the first connection on',
  },
  name: { type: 'text', placeholder: 'NAME', summary: 'name that stands for the address, spelled as a DNS name' },
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
  groups: {
    type: 'text',
    placeholder: 'USE',
    choices: groupUses,
    summary: 'with --file: what the groups of an inventory become, labels (group.NAME, the default), clusters, or none',
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
    'commctl host create --name web1 192.0.2.13 ~/.ssh/id_ed25519',
    'commctl host create --file hosts.csv --key ~/.ssh/id_ed25519',
    'commctl host create --file inventory.ini --groups clusters --key ~/.ssh/id_ed25519',
    'commctl host create --file ~/.ssh/config --format ssh-config',
  ],
  async handler(context, { address, sshPrivKey, file, format, groups, key, name, ...given }) {
    if (file === undefined) {
      if (format !== undefined) throw new UsageError('--format is for --file FILE');
      if (groups !== undefined) throw new UsageError('--groups is for --file FILE');
      return createOne(context, { address, name, sshPrivKey, key }, given);
    }
    if (address !== undefined) throw new UsageError('an address and --file do not go together');
    if (given.hostKey !== undefined) {
      throw new UsageError('--host-key and --file do not go together', {
        hint: 'write host_key of each host into the file',
      });
    }
    if (name !== undefined) {
      throw new UsageError('--name and --file do not go together', { hint: 'write name of each host into the file' });
    }
    if (groups === 'clusters' && given.cluster !== undefined) {
      throw new UsageError('--cluster and --groups clusters do not go together');
    }
    if (file === '-' && key === '-') throw new UsageError('stdin cannot be both the hosts and their key');
    return createHosts(context, { path: file, format, groups: groups ?? 'labels' }, { key, ...bodyOf(given) });
  },
});

type Given = Omit<OptionValues<typeof options>, 'file' | 'format' | 'groups' | 'key' | 'name'>;

interface One {
  address: string | undefined;
  name: string | undefined;
  sshPrivKey: string | undefined;
  key: string | undefined;
}

async function createOne(context: Context, { address, name, sshPrivKey, key }: One, given: Given): Promise<number> {
  if (key !== undefined) throw new UsageError('--key is for --file FILE');
  if (address === undefined) throw missing('address');
  if (sshPrivKey === undefined) throw missing('ssh-priv-key');
  const body = { ...bodyOf(given), host_key: given.hostKey, name };
  const ssh_priv_key = await readPrivateKey(sshPrivKey, context.terminal);
  const client = await context.connect();
  const host = await client.hosts.create(address, { ssh_priv_key, ...body });
  await context.terminal.stderr.write(
    sameMachineWarnings(new Map([[host.address, host.same_machine ?? []]])) + differenceNote(host),
  );
  return print(context, { value: host, table: () => hostRecord(host) });
}

/** A registration changes nothing of a host that is there already. */
function differenceNote({ address, existing }: HostView): string {
  if (existing === undefined || existing.differs.length === 0) return '';
  const ways = changesOf(address, existing.differs).map((way) => `\`${way}\``);
  return `commctl: note: ${address} was registered already, and stays as it is; it differs in ${existing.differs.join(', ')}: ${ways.join(', ')}\n`;
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
