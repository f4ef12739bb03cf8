import { readFileSync } from 'node:fs';
import type { CompiledServer } from '../support/compiled.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { closedPort } from '../support/server.ts';
import { until } from '../support/until.ts';
import type { KnownValues } from './fuzz/valid-values.ts';

const clusters = ['c1', 'c2', 'c3', 'c4', 'c5'];
/** None of them is a machine: nothing listens at that port of loopback. */
const addresses = Array.from({ length: 100 }, (_, index) => `127.20.0.${index + 1}`);
const storedBytes = 900_000;

/**
 * What is there before the first request: hosts that are nothing, clusters of them, one of everything else, and an
 * operation that ended, whose parameters hold a long text. The machine that it was about is gone from the inventory, and
 * its sshd has ended: whatever is asked of the server from here on, no machine hears of it.
 */
export async function makeInventory(server: CompiledServer): Promise<KnownValues> {
  const ended = await endedOperation(server);
  const token = await sent(server, 'POST', 'tokens', {
    kind: 'automation',
    lifetime: 86_400,
    note: 'of the inventory',
  });
  await restoreInventory(server);
  return {
    address: addresses,
    host: addresses,
    old: addresses,
    new: addresses,
    proxy_jump: addresses,
    hosts: addresses,
    name: [...clusters, 'n1', 'm1', 'b1', 'r1', 'viewer'],
    cluster: clusters,
    clusters: [...clusters, 'c*'],
    network: ['default', 'n1'],
    container_manager: ['m1', 'm2'],
    role: ['viewer', 'operator', 'r1'],
    roles: ['viewer', 'operator', 'r1'],
    subjects: ['user:somebody', 'group:some', 'claim:a=b'],
    permissions: ['host:read', 'operation:run'],
    target: [
      'all',
      'cluster:c1',
      'cluster:c2 | cluster:c3',
      'label:rack=r1',
      'os:fedora & status:active',
      '127.20.0.[1-9]',
    ],
    kind: ['exec', 'restart', 'upgrade', 'deploy', 'copy', 'reboot'],
    // Nothing is sent anywhere but here, where nobody listens.
    http: [`http://127.0.0.1:${closedPort}/`],
    server_url: [`https://127.0.0.1:${closedPort}`],
    id: [ended],
    token: [token.id],
    owner: ['somebody', 'roleless'],
    secret: ['web/', 'web/password', 'box'],
    order: ['listed', 'name', 'random', 'label:rack'],
  };
}

/** Puts back what requests deleted. */
export async function restoreInventory(server: CompiledServer): Promise<void> {
  await sent(server, 'PUT', 'network/n1', { type: 'flannel_etcd' });
  await sent(server, 'PUT', 'containermanager/m1', { type: 'trivial' });
  const options = { server_url: `https://127.0.0.1:${closedPort}` };
  await sent(server, 'PUT', 'containermanager/m2', { type: 'kubernetes', options });
  await Promise.all(clusters.map((name) => sent(server, 'PUT', `cluster/${name}`, {})));
  await Promise.all(addresses.map((address, index) => sent(server, 'PUT', `host/${address}?import=true`, host(index))));
  await sent(server, 'PUT', 'budget/b1', { target: 'all', max_down: '50%' });
  await sent(server, 'PUT', 'role/r1?force=true', { permissions: ['host:read', 'operation:run'] });
  await sent(server, 'PUT', 'rolebinding/r1?force=true', { role: 'r1', subjects: ['user:somebody'] });
}

function host(index: number): object {
  return {
    status: 'active',
    os: ['fedora', 'debian', 'atomic'][index % 3],
    cpus: (index % 16) + 1,
    memory: 1_000_000 + index,
    space: 5_000_000,
    port: closedPort,
    labels: { rack: `r${index % 7}`, role: index % 2 === 0 ? 'db' : 'web' },
    ...(index < 50 ? { cluster: clusters[index % clusters.length] } : {}),
  };
}

/** The id of an `exec` that ran on a real machine. */
async function endedOperation(server: CompiledServer): Promise<string> {
  await using fleet = await withSshdFleet(1);
  const [machine] = fleet.hosts;
  if (machine === undefined) throw new Error('the fleet is empty');
  await sent(server, 'PUT', `host/${machine.address}?import=true`, {
    status: 'active',
    ssh_priv_key: readFileSync(fleet.key).toString('base64'),
    remote_user: fleet.user,
    port: machine.port,
  });
  const script = `true # ${'a'.repeat(storedBytes)}`;
  const { id } = await sent(server, 'POST', 'operations', {
    kind: 'exec',
    target: machine.address,
    parameters: { script },
  });
  await until(async () => {
    const { status } = await sent(server, 'GET', `operation/${id}`);
    if (status === 'failed') throw new Error('the operation that is to be looked at failed');
    return status === 'finished';
  });
  await sent(server, 'DELETE', `host/${machine.address}`);
  return id;
}

interface Made {
  readonly id: string;
  readonly status: string;
}

async function sent(server: CompiledServer, method: string, path: string, body?: object): Promise<Made> {
  const response = await server.request(`/api/v0/${path}`, { method, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  if (!response.ok && response.status !== 409)
    throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}
