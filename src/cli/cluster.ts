import { rebootTimeoutRange } from '../lib/reboot-timeout.ts';
import { clusterList } from './cluster-list.ts';
import { deploy, restart, upgrade } from './cluster-operation.ts';
import { command, group } from './context.ts';
import { getCommand, takingCommand } from './noun.ts';
import { print } from './output.ts';

const name = { summary: 'name of the cluster', completes: 'cluster' } as const;

const create = command({
  name: 'create',
  summary: 'Create a cluster, or set the network and container manager of an existing one; its hosts stay',
  arguments: { name },
  options: {
    type: {
      type: 'text',
      short: 't',
      choices: ['kubernetes', 'host_only'],
      default: 'kubernetes',
      summary: 'has no effect, kept for existing scripts',
    },
    network: {
      type: 'text',
      short: 'n',
      default: 'default',
      placeholder: 'NAME',
      summary: 'network of new hosts',
      completes: 'network',
    },
    containerManager: {
      type: 'text',
      formerShort: 'c',
      completes: 'container_manager',
      default: '',
      placeholder: 'NAME',
      summary: 'container manager in which the hosts are nodes',
    },
    rebootTimeout: {
      type: 'duration',
      minimum: 0,
      maximum: rebootTimeoutRange[1],
      summary: 'time that a machine may take to come back from a reboot; 0 for none of its own',
    },
  },
  examples: ['commctl cluster create web', 'commctl cluster create --network overlay web'],
  async handler(context, { name, type, network, containerManager: container_manager, rebootTimeout }) {
    const client = await context.connect();
    const own = rebootTimeout === undefined ? {} : { reboot_timeout: rebootTimeout === 0 ? null : rebootTimeout };
    return print(context, { value: await client.clusters.create(name, { type, network, container_manager, ...own }) });
  },
});

const get = getCommand({
  name: name.summary,
  completes: 'cluster',
  summary: 'Show a cluster, its members and how many of them are available',
  examples: ['commctl cluster get web'],
  get: (client, name) => client.clusters.get(name),
});

const remove = takingCommand({
  noun: 'cluster',
  name: name.summary,
  completes: 'cluster',
  summary: 'Delete clusters that no operation works on; their hosts stay in the inventory',
  examples: ['commctl cluster delete web staging'],
  delete: (client, name, options) => client.clusters.delete(name, options),
});

export const cluster = group('cluster', 'Clusters of hosts, and operations on all of their hosts', [
  create,
  get,
  clusterList,
  remove,
  restart,
  upgrade,
  deploy,
]);
