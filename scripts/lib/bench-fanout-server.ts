import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../../src/lib/errors.ts';
import { CompiledServer } from '../../test/support/compiled.ts';
import type { Fleet } from '../../test/support/fleet.ts';
import { until } from '../../test/support/until.ts';
import { type Cost, measuredRun, memoryOfTree, processes } from './bench-measured-run.ts';
import { cpuSecondsOf } from './bench-process.ts';

const commctl = join(import.meta.dirname, '../../dist/commctl');
const sampleMs = 25;
/** Unmeasured runs first, because a server that has run for a while has compiled its code. */
const warmUps = 20;

/**
 * Our side of `scripts/bench fanout` in normal use: the compiled server with the hosts in its inventory, and `commctl
 * exec` as a process. The cost is that of both.
 */
export class ServedFanout implements AsyncDisposable {
  readonly #server: CompiledServer;
  readonly #fleet: Fleet;
  readonly #command: string[];

  private constructor(server: CompiledServer, fleet: Fleet, { configuration, concurrency }: Client) {
    this.#server = server;
    this.#fleet = fleet;
    const once = ['--batch', '100%', '--concurrency', concurrency];
    this.#command = [commctl, '--config', configuration, 'exec', 'all', ...once, '--', 'true'];
  }

  /** Resolves when the inventory has every host and the server is warm. */
  static async on(fleet: Fleet, dataDir: string, concurrency: string): Promise<ServedFanout> {
    const server = await CompiledServer.start({ dataDir });
    const { url: endpoint, username, password } = server;
    const configuration = join(dataDir, 'commctl.json');
    writeFileSync(configuration, JSON.stringify({ endpoint, username, password }), { mode: 0o600 });
    const served = new ServedFanout(server, fleet, { configuration, concurrency });
    const ssh_priv_key = readFileSync(fleet.key).toString('base64');
    for (const { address, port } of fleet.hosts) {
      const body = { ssh_priv_key, remote_user: fleet.user, port };
      const { status } = await server.request(`/api/v0/host/${address}`, { method: 'PUT', body });
      if (status !== 201) throw new Error(`registering ${address} was answered with ${status}`);
    }
    // Each host is bootstrapped, which may take longer than a test would wait.
    while ((await served.#underWay()) > 0) await Bun.sleep(100);
    for (let round = 0; round < warmUps; round += 1) await served.onNewSessions();
    return served;
  }

  /** `true` on every host, over new connections. */
  async onNewSessions(): Promise<Cost> {
    await this.#closeSessions();
    return this.onOpenSessions();
  }

  /** `true` on every host, over the connections that the previous run left open. */
  async onOpenSessions(): Promise<Cost> {
    const before = this.#cpu();
    const { cost } = await measuredRun(this.#command);
    await until(async () => (await this.#underWay()) === 0);
    return { wall_s: cost.wall_s, cpu_s: cost.cpu_s + this.#cpu() - before };
  }

  /** The highest memory of the server and `commctl` together during one run, in MB. */
  async peakMemory(): Promise<number> {
    await this.#closeSessions();
    let peak = 0;
    let client = 0;
    const look = () => {
      peak = Math.max(peak, memoryOfTree(this.#server.pid) + memoryOfTree(client));
    };
    const sampler = setInterval(look, sampleMs);
    try {
      await measuredRun(this.#command, {
        onStarted: (pid) => {
          client = pid;
        },
      });
    } finally {
      clearInterval(sampler);
    }
    return peak;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #underWay(): Promise<number> {
    const operations: unknown = await (await this.#server.request('/api/v0/operations?limit=1000')).json();
    if (!Array.isArray(operations)) throw new TypeError('operations are an array');
    return operations.filter(({ finished_at }) => finished_at === '').length;
  }

  #cpu(): number {
    return cpuSecondsOf(this.#server.pid);
  }

  /** Ends the sshd process of each connection, and waits until the server has no connection left. */
  async #closeSessions(): Promise<void> {
    const state = join(this.#fleet.key, '..');
    const pidFiles = readdirSync(state).filter((name) => /^sshd\d+\.pid$/.test(name));
    const daemons = new Set(pidFiles.map((name) => Number(readFileSync(join(state, name), 'utf8'))));
    const sessions = () => Array.from(processes()).filter(({ parent }) => daemons.has(parent));
    for (const { pid } of sessions()) end(pid);
    const ports = new Set(this.#fleet.hosts.map(({ port }) => port));
    await until(() => sessions().length === 0 && !isConnectedTo(ports));
  }
}

/** The process may have ended by itself meanwhile. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}

interface Client {
  configuration: string;
  concurrency: string;
}

/** Whether this machine has a connection to one of the ports: proc(5), state 01. */
function isConnectedTo(ports: ReadonlySet<number>): boolean {
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return lines.some((line) => {
    const [, , remote = '', state] = line.trim().split(/\s+/);
    return state === '01' && ports.has(Number.parseInt(remote.split(':')[1] ?? '', 16));
  });
}
