import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from '../../src/client/connect.ts';
import type { OperationDetail } from '../../src/operations/operation.ts';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { type Fleet, type FleetHost, readFleet } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const run = promisify(execFile);
const outdatedPackage = join(import.meta.dirname, '../../scripts/lib/outdated-package');

/** The machines these tests run beside: `scripts/test machines` starts them inside the fleet's network. */
export const stateDirectory = process.env.COMMISSAIRE_FLEET_STATE ?? '';
const whole = readFleet(stateDirectory);
if (whole.hosts.length < 20) throw new Error('these tests need 20 machines: scripts/fleet up 20 --machines');

/** Three of them, which most tests are content with. */
export const fleet: Fleet = { ...whole, hosts: whole.hosts.slice(0, 3) };

/** All of them. */
export const machines: readonly FleetHost[] = whole.hosts;

/** A server with the fleet's machines in one cluster, and what it takes to kill it and start it again. */
export class Site implements AsyncDisposable {
  readonly #data = temporaryDirectory();
  readonly #args: readonly string[];
  #server: CompiledServer | undefined;

  /** @param args flags of the server besides its data directory */
  constructor(args: readonly string[] = []) {
    this.#args = args;
  }

  static async open(
    members: readonly FleetHost[] = fleet.hosts,
    remoteUser = 'root',
    args: readonly string[] = [],
  ): Promise<Site> {
    const site = new Site(args);
    await site.start();
    await site.client.clusters.create('web', { type: 'host_only', network: 'default', container_manager: '' });
    const key = readFileSync(fleet.key).toString('base64');
    for (const { address } of members) {
      await site.client.hosts.create(address, { ssh_priv_key: key, remote_user: remoteUser, cluster: 'web' });
    }
    await site.#settled(members.length);
    return site;
  }

  get isUp(): boolean {
    return this.#server !== undefined;
  }

  get server(): CompiledServer {
    if (this.#server === undefined) throw new Error('the server is not running');
    return this.#server;
  }

  get client() {
    const { url, username, password } = this.server;
    return connect({ endpoints: [url], credentials: { username, password } });
  }

  async start(): Promise<void> {
    this.#server = await CompiledServer.start({ dataDir: this.#data.path, args: [...this.#args] });
  }

  /** As a crash ends it: no handler runs, nothing is flushed. */
  async crash(): Promise<void> {
    const { server } = this;
    this.#server = undefined;
    await server.kill('SIGKILL');
  }

  /** Begins an operation on the cluster and tells its id. */
  async begin(kind: 'restart' | 'upgrade' | 'deploy', body: Record<string, unknown> = {}): Promise<string> {
    const response = await this.server.request(`/api/v0/cluster/web/${kind}`, { method: 'PUT', body });
    if (response.status !== 201) throw new Error(`${kind} was answered ${response.status}: ${await response.text()}`);
    return response.headers.get('location')?.split('/').at(-1) ?? '';
  }

  operation(id: string): Promise<OperationDetail> {
    return this.client.operations.get(id);
  }

  /** Waits until the operation is as wanted. */
  async until(id: string, wanted: (operation: OperationDetail) => boolean): Promise<OperationDetail> {
    return eventually(async () => {
      const operation = await this.operation(id);
      return wanted(operation) ? operation : undefined;
    });
  }

  ended(id: string): Promise<OperationDetail> {
    return this.until(id, ({ finished_at }) => finished_at !== '');
  }

  /** All a machine printed in the operation. */
  async log(id: string, { address }: FleetHost): Promise<string> {
    const parts: Uint8Array[] = [];
    for (let offset = 0; ; ) {
      const { bytes, nextOffset, complete } = await this.client.operations.log(id, address, offset);
      parts.push(bytes);
      offset = nextOffset;
      if (complete) return Buffer.concat(parts).toString('utf8');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#data[Symbol.dispose]();
  }

  /** Waits until every machine is known, and no investigation has it any more. */
  async #settled(count: number): Promise<void> {
    await eventually(async () => {
      const hosts = await this.client.hosts.list();
      const settled = hosts.filter(({ status }) => status === 'disassociated' || status === 'failed');
      const operations = await this.client.operations.list({ limit: 1000 });
      return (settled.length === count && operations.every(({ finished_at }) => finished_at !== '')) || undefined;
    });
  }
}

/** Runs the compiled `commctl` as the administrator. @throws Error when it does not end well */
export async function commctl({ server }: Site, args: readonly string[]): Promise<string> {
  const { url, username, password } = server;
  using home = temporaryDirectory();
  const file = join(home.path, '.commissaire.json');
  writeFileSync(file, JSON.stringify({ endpoint: url, username, password }), { mode: 0o600 });
  const { stdout } = await run(compiledExecutable(), ['ctl', ...args], { env: { HOME: home.path } });
  return stdout;
}

/** The boot ids a machine has had since it was made, oldest first. */
export function boots({ root }: FleetHost): string[] {
  const lines = readFileSync(join(root ?? '', 'var/log/boots'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => line.split(' ')[0] ?? '');
}

/** Runs a command on a machine as root, beside the server. */
export async function on({ name }: FleetHost, command: string): Promise<string> {
  const { stdout } = await run('ssh', ['-F', join(stateDirectory, 'ssh_config'), name, command]);
  return stdout;
}

/** The machine's processes with the text in their command lines; what asks has it only in its standard input. */
export async function processesOn(machine: FleetHost, text: string): Promise<string> {
  const pattern = `[${text.charAt(0)}]${text.slice(1)}`;
  return on(machine, `grep -lsae '${pattern}' /proc/[0-9]*/cmdline | while read -r f; do tr '\\0' ' ' <$f; echo; done`);
}

/** A machine whose cable is out, at the switch: nobody says that it is gone. Until disposed. */
export function unplugged({ name }: FleetHost): Disposable {
  ip('link', 'set', name, 'down');
  return { [Symbol.dispose]: () => ip('link', 'set', name, 'up') };
}

/** A machine to which there is no route: whoever connects is told so at once. Until disposed. */
export function unrouted({ address }: FleetHost): Disposable {
  ip('route', 'add', 'unreachable', address);
  return { [Symbol.dispose]: () => ip('route', 'delete', 'unreachable', address) };
}

/** In the fleet's network, in which these tests run. */
function ip(...words: string[]): void {
  execFileSync('ip', words);
}

/** Gives machines a package to upgrade whose installation prints so many steps, five a second. */
export async function outdate(steps: number, machines: readonly FleetHost[]): Promise<void> {
  await run(outdatedPackage, [stateDirectory, String(steps), ...machines.map(({ name }) => name)]);
}

/** The first defined answer; asks again until there is one. @throws Error after two minutes without */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 120_000;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await Bun.sleep(20);
  }
  throw new Error('what was waited for did not come within two minutes');
}

/** A machine that stays down once it has gone down, until disposed. */
export function keptDown({ root }: Pick<FleetHost, 'root'>): Disposable {
  const held = join(dirname(root ?? ''), 'hold');
  writeFileSync(held, '');
  return { [Symbol.dispose]: () => rmSync(held, { force: true }) };
}
