import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetHost } from '../support/fleet.ts';
import { makeRelease, ReleaseKeys } from '../support/release.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { on } from './site.ts';

/** A release server in the network of the fleet. */
export class ReleaseServer implements AsyncDisposable {
  readonly #directory = temporaryDirectory();
  readonly #server: Bun.Server<undefined>;
  readonly keys: ReleaseKeys;

  constructor() {
    mkdirSync(this.path('keys'));
    this.keys = new ReleaseKeys(this.path('keys'));
    mkdirSync(this.path('releases/channels'), { recursive: true });
    this.#server = Bun.serve({ port: 0, hostname: '0.0.0.0', fetch: ({ url }) => this.#serve(new URL(url).pathname) });
  }

  path(name: string): string {
    return join(this.#directory.path, name);
  }

  /** Of the host of the fleet's network, as scripts/fleet makes it. */
  urlFor({ address }: FleetHost): string {
    return `http://${address.replace(/\.\d+$/, '.254')}:${this.#server.port}`;
  }

  release(version: string, program: string): string {
    const directory = this.path(`releases/${version}`);
    makeRelease({ directory, version, program, keys: this.keys });
    this.offer(version);
    return directory;
  }

  offer(version: string): void {
    writeFileSync(this.path('releases/channels/stable'), `${version}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
    this.#directory[Symbol.dispose]();
  }

  async #serve(path: string): Promise<Response> {
    const file = Bun.file(this.path(`releases${path}`));
    return (await file.exists()) ? new Response(file) : new Response('not found', { status: 404 });
  }
}

/** A machine to install on. It has busybox's wget and no curl, zstd or xz; its /tmp lets nothing be executed. */
export class JumpHost {
  readonly #releases: ReleaseServer;
  readonly machine: FleetHost;

  constructor(machine: FleetHost, releases: ReleaseServer) {
    this.machine = machine;
    this.#releases = releases;
  }

  async prepare(): Promise<void> {
    const script = join(this.machine.root ?? '', 'root/install.sh');
    writeFileSync(script, this.#releases.keys.installScript(this.#releases.urlFor(this.machine)));
    await this.run('ln -sf /usr/bin/busybox /usr/bin/wget; mountpoint -q /tmp || mount -t tmpfs -o noexec tmpfs /tmp');
  }

  /** Runs a command as root. @throws Error when it fails */
  run(command: string): Promise<string> {
    return on(this.machine, command);
  }

  /** Runs a command as root, and returns its output, errors included, with its exit code in the last line. */
  async told(command: string): Promise<{ code: number; output: string }> {
    const text = await this.run(`{ ${command}\n} 2>&1; echo "=$?"`);
    const [, output = '', code] = /^([\s\S]*)=(\d+)\n$/.exec(text) ?? [];
    return { code: Number(code), output };
  }

  install(variables = ''): Promise<{ code: number; output: string }> {
    return this.told(`${variables} sh /root/install.sh`);
  }

  /** `commissaire upgrade`, with the place and the keys of the releases, which a real release has inside. */
  upgrade(words = ''): Promise<{ code: number; output: string }> {
    const base = `INSTALL_COMMISSAIRE_BASE_URL=${this.#releases.urlFor(this.machine)}`;
    return this.told(`${base} INSTALL_COMMISSAIRE_PUBLIC_KEY_FILE=/root/install.sh commissaire upgrade ${words}`);
  }

  async mainPid(): Promise<string> {
    return (await this.run('systemctl show --property MainPID --value commissaire')).trim();
  }

  /** The clusters, asked from the server over its socket. */
  async clusters(commctl = 'commctl'): Promise<string> {
    return this.run(`HOME=/root ${commctl} cluster list -o json`);
  }
}
