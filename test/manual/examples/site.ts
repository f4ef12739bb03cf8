import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installed, run } from '../../e2e/support.ts';
import { CompiledServer } from '../../support/compiled.ts';
import { type Fleet, readFleet } from '../../support/fleet.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import type { Shell } from './run.ts';

const script = join(import.meta.dirname, '../../../scripts/fleet');
const fleetName = 'docs';
const url = 'https://127.0.0.1:8000';

/** Three real machines, 198.51.100.11 to .13, in a network of their own; for all pages. Needs root on Linux. */
export async function startMachines(): Promise<Fleet & AsyncDisposable> {
  const { stdout } = await promisify(execFile)(script, ['--name', fleetName, 'up', '3', '--machines']);
  return {
    ...readFleet(stdout.trim()),
    async [Symbol.asyncDispose]() {
      await promisify(execFile)(script, ['--name', fleetName, 'down']);
    },
  };
}

/** A home directory, an empty working directory, and the compiled file on PATH: what every page has. */
export function plainShell(): Shell & Disposable {
  const directory = temporaryDirectory();
  const installation = installed();
  const home = join(directory.path, 'home');
  const cwd = join(home, 'work');
  mkdirSync(cwd, { recursive: true });
  return {
    cwd,
    scratch: directory.path,
    prefix: [],
    environment: {
      HOME: home,
      PATH: `${installation.directory}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
      USER: 'root',
      LANG: 'C.UTF-8',
      NO_COLOR: '1',
      PAGER: '',
    },
    [Symbol.dispose]() {
      installation[Symbol.dispose]();
      directory[Symbol.dispose]();
    },
  };
}

/**
 * A page's shell with machines in reach, and their key where ssh has it. Nothing is started yet; what the page starts
 * ends with its shell, which is the first process of a namespace.
 */
export function machineShell(fleet: Fleet): Shell & Disposable {
  const shell = shellBesideMachines(fleet);
  return { ...shell, prefix: [...shell.prefix, 'unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] };
}

function shellBesideMachines(fleet: Fleet): Shell & Disposable {
  const shell = plainShell();
  const { HOME = '' } = shell.environment;
  mkdirSync(join(HOME, '.ssh'), { mode: 0o700 });
  copyFileSync(fleet.key, join(HOME, '.ssh/id_ed25519'));
  return { ...shell, prefix: ['nsenter', `--net=/run/netns/${fleet.namespace}`, '--'] };
}

/**
 * The site of docs/runnable-examples.md: a server as `commissaire init` sets it up, at https://127.0.0.1:8000, and the
 * machines as web1 to web3 in the cluster web.
 */
export async function siteShell(fleet: Fleet): Promise<Shell & AsyncDisposable> {
  const shell = shellBesideMachines(fleet);
  const { HOME = '', PATH = '' } = shell.environment;
  const dataDir = join(HOME, 'site');
  const environment = { ...shell.environment, COMMISSAIRE_DATA_DIR: dataDir, COMMCTL_CONFIG: join(HOME, 'admin.json') };
  const inside = (...words: string[]) => {
    const ran = run([...shell.prefix, ...words], { env: environment });
    if (ran.code !== 0) throw new Error(`${words.join(' ')} failed: ${ran.stderr}`);
    return ran.stdout;
  };
  const told = inside('commissaire', 'init', '--data-dir', dataDir);
  const password = /^password: (.*)$/m.exec(told)?.[1] ?? '';
  const certificate = join(dataDir, 'ca.pem');
  const client = { endpoint: url, username: 'admin', password, certificate_authority: certificate };
  writeFileSync(environment.COMMCTL_CONFIG, JSON.stringify(client), { mode: 0o600 });
  const server = await CompiledServer.launch([...shell.prefix, 'commissaire', 'serve', '--data-dir', dataDir], {
    cwd: dataDir,
    env: { PATH, HOME },
  }).listening();
  inside('commctl', 'cluster', 'create', 'web');
  for (const [index, { address }] of fleet.hosts.entries()) {
    const key = join(HOME, '.ssh/id_ed25519');
    inside('commctl', 'host', 'create', '--cluster', 'web', '--name', `web${index + 1}`, address, key);
  }
  await until(() => !/investigating|bootstrapping/.test(inside('commctl', 'host', 'list', '-o', 'json')));
  return {
    ...shell,
    environment: { ...environment, URL: url, PASSWORD: password, CA: certificate },
    async [Symbol.asyncDispose]() {
      // The next page finds the machines as this one did.
      const running = ['operation', 'list', '--all', '--status', 'In(in_process,waiting)', '-o', 'json'];
      await until(() => /^\[\s*\]/.test(inside('commctl', ...running)));
      await server[Symbol.asyncDispose]();
      shell[Symbol.dispose]();
    },
  };
}
