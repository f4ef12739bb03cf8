import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { administrator, CompiledServer } from '../../support/compiled.ts';
import type { Fleet } from '../../support/fleet.ts';
import { StandIns } from './stand-ins.ts';

/** What a server knows before the first command: nothing, hosts that nobody answers at, or hosts with a real sshd. */
export const sites = ['empty', 'records', 'machines'] as const;
export type Site = (typeof sites)[number];

/** May only look. */
const viewer = { username: 'viewer', password: 'viewer-of-the-sessions' };

/** Starts a server that knows the administrator, the viewer, the hosts of the site, and a cluster of the first two. */
export async function startServer(site: Site, dataDir: string, fleet: Fleet): Promise<CompiledServer> {
  configure(dataDir);
  const server = await CompiledServer.start({ dataDir });
  try {
    const key = readFileSync(fleet.key).toString('base64');
    for (const { address, ...host } of hostsOf(site, fleet)) {
      await sent(server, `host/${address}?import=true`, { ...host, ssh_priv_key: key });
    }
    if (site !== 'empty') await sent(server, 'cluster/web?import=true', { hostset: membersOf(site, fleet) });
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * A home directory with a configuration for each of the two, one with a wrong password, a private key that logs in, and
 * one that does not.
 */
export function furnish(home: string, server: CompiledServer, fleet: Fleet): void {
  const write = (name: string, credentials: object): void =>
    writeFileSync(join(home, name), JSON.stringify({ endpoint: server.url, ...credentials }), { mode: 0o600 });
  write('.commissaire.json', administrator);
  write('viewer.json', viewer);
  write('stranger.json', { ...administrator, password: 'wrong' });
  copyFileSync(fleet.key, join(home, 'key'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', join(home, 'other-key')]);
}

export function standInsFor(home: string, server: CompiledServer, fleet: Fleet): StandIns {
  const [first] = fleet.hosts;
  if (first === undefined) throw new Error('the fleet is empty');
  const hostKey = join(fleet.key, '..', 'ssh_host_ed25519_key.pub');
  return new StandIns([
    [server.url, 'http://127.0.0.1:48000'],
    [`commctl on ${hostname()}`, 'commctl on jump'],
    ...['host: ', '"host": "', 'host        '].map((before) => [`${before}${hostname()}`, `${before}jump`] as const),
    [home, '/home/operator'],
    [first.address.replace(/\d+$/, ''), '127.77.100.'],
    [fingerprintOf(hostKey), `SHA256:${'FleetHostKey'.repeat(4).slice(0, 43)}`],
    [readFileSync(hostKey, 'utf8').split(' ')[1] ?? '', 'FleetPublicKey'],
  ]);
}

function configure(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const hash = (password: string) =>
    Bun.password.hashSync(password, { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 });
  const users = Object.fromEntries(
    [administrator, viewer].map(({ username, password }) => [username, { hash: hash(password) }]),
  );
  const usersFile = join(dataDir, 'users.json');
  writeFileSync(usersFile, JSON.stringify(users), { mode: 0o600 });
  const configuration = {
    'listen-port': 0,
    'authentication-plugins': [{ name: 'httpbasicauth', filepath: usersFile }],
    'role-bindings': [{ role: 'viewer', subjects: [`user:${viewer.username}`] }],
  };
  writeFileSync(join(dataDir, 'commissaire.conf'), JSON.stringify(configuration), { mode: 0o600 });
}

async function sent(server: CompiledServer, path: string, body: unknown): Promise<void> {
  const answer = await server.request(`/api/v0/${path}`, { method: 'PUT', body });
  if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
}

/** Nothing listens at this port of any loopback address: whoever is sent there is unreachable at once. */
const closedPort = 1;

const records = [
  {
    address: '127.88.0.11',
    port: closedPort,
    status: 'active',
    os: 'fedora',
    cpus: 16,
    memory: 65_536_000,
    space: 524_288_000,
    last_check: '2026-01-02T03:04:05.678000',
    facts: { kernel: '6.12.9', architecture: 'x86_64' },
    labels: { rack: '3', role: 'db' },
  },
  {
    address: '127.88.0.12',
    port: closedPort,
    status: 'failed',
    os: 'debian',
    cpus: 4,
    memory: 8_159_232,
    space: 41_943_040,
    last_check: '2026-01-02T03:04:06.000000',
    error: 'cannot log in to 127.88.0.12 as root: the host refused the key',
    labels: { rack: '3' },
  },
  { address: '127.88.0.113', port: closedPort, status: 'disassociated', os: 'atomic', cpus: 2, memory: 1_024_000 },
];

function hostsOf(site: Site, { hosts, user }: Fleet) {
  if (site === 'empty') return [];
  if (site === 'records') return records;
  return hosts.map(({ address, port }) => ({ address, port, remote_user: user, status: 'active', os: 'debian' }));
}

function membersOf(site: Site, fleet: Fleet): string[] {
  const addresses = hostsOf(site, fleet).map(({ address }) => address);
  return addresses.slice(0, 2);
}

function fingerprintOf(publicKey: string): string {
  const printed = execFileSync('ssh-keygen', ['-lf', publicKey], { encoding: 'utf8' });
  return printed.split(' ')[1] ?? '';
}
