import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Form, makeRelease, ReleaseKeys } from '../../support/release.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const run = promisify(execFile);

/** What every machine has. */
const always =
  'sh uname id grep sed head cat mkdir rm mv ln cp chmod readlink sha256sum fold sync env find date sleep kill'.split(
    ' ',
  );

export interface Outcome {
  code: number;
  output: string;
}

/**
 * A place to install the client in, with the tools that a machine has, and a release server on loopback. install.sh asks
 * the program only for its version, so that a small one will do here; test/machines installs the compiled file.
 */
export class ClientMachine implements AsyncDisposable {
  readonly #directory = temporaryDirectory();
  readonly keys: ReleaseKeys;
  /** The paths that were asked for. */
  readonly requests: string[] = [];
  readonly #server: Bun.Server<undefined>;
  /** Answers a request in place of the file. */
  answer: ((path: string) => Response | undefined) | undefined;

  constructor() {
    mkdirSync(this.path('keys'));
    this.keys = new ReleaseKeys(this.path('keys'));
    mkdirSync(this.path('releases/channels'), { recursive: true });
    this.#server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: ({ url }) => this.#serve(new URL(url).pathname),
    });
    writeFileSync(this.path('install.sh'), this.keys.installScript(`http://127.0.0.1:${this.#server.port}`));
  }

  path(name: string): string {
    return join(this.#directory.path, name);
  }

  get binDir(): string {
    return this.path('bin');
  }

  /** Makes a release, whose program only says its version, and lets the channel name it. */
  release(version: string, forms: readonly Form[] = ['gz'], keys = this.keys): string {
    const program = this.path(`program-${version}`);
    writeFileSync(program, `#!/bin/sh\necho commissaire ${version}\n`, { mode: 0o755 });
    const directory = this.path(`releases/${version}`);
    makeRelease({ directory, version, program, keys, forms });
    writeFileSync(this.path('releases/channels/stable'), `${version}\n`);
    return directory;
  }

  /** A directory with the programs that every machine has and these. */
  tools(...names: readonly string[]): string {
    const directory = this.path(`tools-${names.join('-')}`);
    if (existsSync(directory)) return directory;
    mkdirSync(directory);
    for (const name of [...always, ...names]) symlinkSync(Bun.which(name) ?? '/nowhere', join(directory, name));
    return directory;
  }

  /** Runs install.sh for the client, as it is when no more is said: from its file, with curl, openssl and gzip. */
  install(variables: Record<string, string> = {}, options: RunOptions = {}): Promise<Outcome> {
    const { tools = ['curl', 'openssl', 'gzip'], words = [], prefix = [] } = options;
    // The script adds the usual directories to its PATH, where the tools are that this machine is not to have.
    const script = readFileSync(this.path('install.sh'), 'utf8').replace(/^ {2}PATH=\$PATH:.*$/m, '');
    writeFileSync(this.path('run.sh'), script);
    return this.execute([...prefix, 'sh', this.path('run.sh'), ...words], {
      PATH: this.tools(...tools),
      INSTALL_COMMISSAIRE_CLIENT_ONLY: '1',
      INSTALL_COMMISSAIRE_BIN_DIR: this.binDir,
      ...variables,
    });
  }

  async execute([command = '', ...args]: readonly string[], env: Record<string, string>): Promise<Outcome> {
    const options = { env: { HOME: this.path('home'), ...env }, cwd: this.#directory.path };
    const path = Bun.which(command) ?? command;
    return run(path, args, options).then(
      ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
      ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
    );
  }

  /** What is in the directory of the programs; undefined when there is none. */
  installed(): string[] | undefined {
    return existsSync(this.binDir) ? readdirSync(this.binDir).sort() : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
    this.#directory[Symbol.dispose]();
  }

  #serve(path: string): Response {
    this.requests.push(path);
    const answer = this.answer?.(path);
    if (answer !== undefined) return answer;
    const file = join(this.path('releases'), path);
    return existsSync(file) ? new Response(Bun.file(file)) : new Response('not found', { status: 404 });
  }
}

export interface RunOptions {
  /** What the machine has besides the programs that every machine has. */
  readonly tools?: readonly string[];
  readonly words?: readonly string[];
  /** Words before the command. */
  readonly prefix?: readonly string[];
}
