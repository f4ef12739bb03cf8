import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledServer } from '../../test/support/compiled.ts';
import { ed25519Key } from '../../test/support/faulty-peer.ts';
import { until } from '../../test/support/until.ts';
import { forEachAtOnce } from './bench-at-once.ts';
import { measuredRun } from './bench-measured-run.ts';
import { cpuSecondsOf, forgetPeak, ownPeak, peakMegabytesOf } from './bench-process.ts';
import { scaleAddress } from './bench-scale-address.ts';
import { type Waits, waitsDuring } from './bench-waits.ts';

const commctl = join(import.meta.dirname, '../../dist/commctl');
/** The processor of the server and its clients; the simulated hosts have the other one. */
const ownProcessor = ['taskset', '-c', '0'];

/** One `commctl exec` over all hosts, in normal use. */
export interface ServedScale {
  hosts: number;
  wall_s: number;
  /** The CPU seconds of the server. */
  cpu_s: number;
  /** The CPU seconds of commctl. */
  client_s: number;
  /** The highest memory of the server itself. */
  own_mb: number;
  /** The same including mapped files, its own and the store's, which the system can reclaim. */
  rss_mb: number;
  /** How long GET of one host took meanwhile. */
  waits: Waits;
  /** How many milliseconds each of these requests took afterwards. */
  after: { operations: number; operation: number; folded: number };
}

/** The compiled server with this many simulated hosts in its inventory. */
export class ServedHosts implements AsyncDisposable {
  readonly #server: CompiledServer;
  readonly #hosts: number;
  readonly #configuration: string;

  private constructor(server: CompiledServer, hosts: number, configuration: string) {
    this.#server = server;
    this.#hosts = hosts;
    this.#configuration = configuration;
  }

  static async start(hosts: number, port: number, dataDir: string): Promise<ServedHosts> {
    const server = await CompiledServer.start({ dataDir, prefix: ownProcessor });
    const { url: endpoint, username, password } = server;
    const configuration = join(dataDir, 'commctl.json');
    writeFileSync(configuration, JSON.stringify({ endpoint, username, password }), { mode: 0o600 });
    const ssh_priv_key = Buffer.from(ed25519Key().private).toString('base64');
    const body = { status: 'disassociated', os: 'debian', ssh_priv_key, remote_user: 'root', port };
    const indices = Array.from({ length: hosts }, (_, index) => index);
    await forEachAtOnce(50, indices, async (index) => {
      const { status } = await server.request(`/api/v0/host/${scaleAddress(index)}?import=true`, {
        method: 'PUT',
        body,
      });
      if (status !== 201) throw new Error(`importing ${scaleAddress(index)} was answered with ${status}`);
    });
    return new ServedHosts(server, hosts, configuration);
  }

  /** A command with 4 kB of output on every host, 1,000 at a time. */
  async exec(): Promise<ServedScale> {
    const { pid } = this.#server;
    forgetPeak(pid);
    using own = ownPeak(pid);
    const cpuBefore = cpuSecondsOf(pid);
    const once = ['exec', 'all', '--batch', '100%', '--concurrency', '1000', '--', 'report'];
    const command = [...ownProcessor, commctl, '--config', this.#configuration, ...once];
    const { result, waits } = await waitsDuring(
      () => measuredRun(command),
      () => this.#get(`host/${scaleAddress(0)}`),
    );
    const cpu_s = cpuSecondsOf(pid) - cpuBefore;
    const rss_mb = peakMegabytesOf(pid);
    const { wall_s, cpu_s: client_s } = result.cost;
    return {
      hosts: this.#hosts,
      wall_s,
      cpu_s,
      client_s,
      own_mb: own.megabytes,
      rss_mb,
      waits,
      after: await this.#after(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #after(): Promise<ServedScale['after']> {
    let newest = '';
    await until(async () => {
      const [operation] = JSON.parse(await (await this.#server.request('/api/v0/operations?limit=1')).text());
      newest = operation.id;
      return operation.finished_at !== '';
    });
    const took = async (path: string) => {
      const begun = performance.now();
      await this.#get(path);
      return performance.now() - begun;
    };
    return {
      operations: await took('operations'),
      operation: await took(`operation/${newest}`),
      folded: await took(`operation/${newest}/folded`),
    };
  }

  async #get(path: string): Promise<void> {
    const response = await this.#server.request(`/api/v0/${path}`);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
  }
}
