import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

/** Every server made here knows this one administrator. */
export const administrator = { username: 'admin', password: 'compiled-server-test' } as const;

export interface CompiledServerOptions {
  /** Made, and given a configuration and a users file, when there is no configuration in it yet. */
  readonly dataDir: string;
  /** The whole environment: nothing of the test's own reaches the server. */
  readonly env?: Readonly<Record<string, string>>;
  /** Added to `serve --data-dir …`. */
  readonly args?: readonly string[];
  /** Words in front of the command, such as `nsenter --net=… --`. They must exec it, as those tools do. */
  readonly prefix?: readonly string[];
  /** The data directory unless given. */
  readonly cwd?: string;
}

interface LaunchOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where its authority is; the working directory unless given. */
  readonly dataDir?: string;
}

/** How a process ended: one of the two is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One line of the server's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [member: string]: unknown;
}

const deadlineMs = 20_000;

/**
 * `dist/commissaire serve` as a process of its own: `await using server = await CompiledServer.start({ dataDir })`. The
 * same data directory can be served again after a `kill`. What is left running is killed on dispose.
 */
export class CompiledServer implements AsyncDisposable {
  /** Standard output and error so far, line by line. */
  readonly lines: string[] = [];
  /** Resolves when the process has ended and everything it said is in `lines`. */
  readonly exited: Promise<Exit>;
  readonly username = administrator.username;
  readonly password = administrator.password;
  readonly #process: ChildProcess;
  readonly #dataDir: string;
  readonly #watchers = new Set<() => void>();
  #url = '';
  #ended = false;

  private constructor(process: ChildProcess, dataDir: string) {
    this.#process = process;
    this.#dataDir = dataDir;
    for (const stream of [process.stdout, process.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        this.#look();
      });
    }
    this.exited = endOf(process).finally(() => {
      this.#ended = true;
      this.#look();
    });
    // Whoever waits for the end hears of it; that nobody does is no fault of the test.
    this.exited.catch(() => {});
  }

  /** Starts a server and waits until it says that it listens. @throws Error with its output when it ends instead */
  static async start(options: CompiledServerOptions): Promise<CompiledServer> {
    return CompiledServer.spawn(options).listening();
  }

  /** Starts a server that may well refuse to serve: look at `exited` and `lines`. */
  static spawn({ dataDir, env = {}, args = [], prefix = [], cwd = dataDir }: CompiledServerOptions): CompiledServer {
    configure(dataDir);
    return CompiledServer.launch([...prefix, compiledExecutable(), 'serve', '--data-dir', dataDir, ...args], {
      env,
      cwd,
      dataDir,
    });
  }

  /** Starts exactly this command, which is to become a server. */
  static launch(
    [command = '', ...args]: readonly string[],
    { env = {}, cwd, dataDir = cwd }: LaunchOptions,
  ): CompiledServer {
    return new CompiledServer(
      spawn(command, args, { env: { ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] }),
      dataDir,
    );
  }

  /** Waits until the server says that it listens. @throws Error with its output when it ends instead */
  async listening(): Promise<this> {
    const { url } = await this.logged(({ msg }) => msg === 'listening');
    this.#url = String(url);
    return this;
  }

  /** Such as `http://127.0.0.1:41234`; empty for a server that was only spawned. */
  get url(): string {
    return this.#url;
  }

  /** What `fetch` needs to believe it: the authority that `init` made, when it has. */
  get trust(): { tls?: { ca: string } } {
    const authority = join(this.#dataDir, 'ca.pem');
    return existsSync(authority) ? { tls: { ca: readFileSync(authority, 'utf8') } } : {};
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error('the server did not start');
    return pid;
  }

  /** The log so far, without the lines that are not of it. */
  get log(): LogLine[] {
    return this.lines.flatMap((line) => logLine(line) ?? []);
  }

  /** The first line of the log, past or to come, that is as wanted. @throws Error with the output so far */
  logged(wanted: (line: LogLine) => boolean): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        settle();
      };
      const look = () => {
        const found = this.log.find(wanted);
        if (found !== undefined) end(() => resolve(found));
        else if (this.#ended) end(() => reject(this.#without('the server ended')));
      };
      const timer = setTimeout(() => end(() => reject(this.#without(`${deadlineMs} ms have passed`))), deadlineMs);
      this.#watchers.add(look);
      look();
    });
  }

  /** A request as the administrator. */
  request(path: string, init: { method?: string; body?: unknown; password?: string } = {}): Promise<Response> {
    const { method = 'GET', body, password = this.password } = init;
    const authorization = `Basic ${btoa(`${this.username}:${password}`)}`;
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return fetch(this.url + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(deadlineMs),
      ...this.trust,
      ...sent,
    });
  }

  /** Sends the signal to this process and waits until it has ended. */
  async kill(signal: NodeJS.Signals): Promise<Exit> {
    this.#process.kill(signal);
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) await this.kill('SIGKILL');
  }

  #look(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #without(reason: string): Error {
    return new Error(`${reason} without the line of the log that was waited for:\n${this.lines.join('\n')}`);
  }
}

/**
 * The path of the compiled file.
 *
 * @throws Error when there is none, or when something it is made of is newer: its tests would tell of other code
 */
export function compiledExecutable(): string {
  const path = join(root, 'dist', 'commissaire');
  if (!existsSync(path)) throw new Error('there is no dist/commissaire: run scripts/build');
  const built = statSync(path).mtimeMs;
  const newer = sources().find((source) => statSync(source).mtimeMs > built);
  if (newer !== undefined) throw new Error(`${newer} is newer than dist/commissaire: run scripts/build`);
  return path;
}

function sources(): string[] {
  const below = ['src', 'packaging'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, withFileTypes: true }),
  );
  const files = below.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return [...files, join(root, 'build.ts'), join(root, 'bun.lock'), join(root, 'install.sh')];
}

/** Listens on a free port. The hash is the cheapest there is: the tests are not about guessing the password. */
function configure(dataDir: string): void {
  const configurationFile = join(dataDir, 'commissaire.conf');
  if (existsSync(configurationFile)) return;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const usersFile = join(dataDir, 'users.json');
  const hash = Bun.password.hashSync(administrator.password, { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 });
  writeFileSync(usersFile, JSON.stringify({ [administrator.username]: { hash } }), { mode: 0o600 });
  const configuration = {
    'listen-port': 0,
    'authentication-plugins': [{ name: 'httpbasicauth', filepath: usersFile }],
    'default-role': 'admin',
  };
  writeFileSync(configurationFile, JSON.stringify(configuration), { mode: 0o600 });
}

/** After `close`, unlike after `exit`, nothing more comes from the pipes. */
async function endOf(process: ChildProcess): Promise<Exit> {
  const [code, signal] = await once(process, 'close');
  return { code, signal };
}

function logLine(line: string): LogLine | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return isLogLine(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isLogLine(value: unknown): value is LogLine {
  return (
    typeof value === 'object' && value !== null && 'level' in value && 'msg' in value && typeof value.msg === 'string'
  );
}
