import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivedSshKey } from './derived-key.ts';
import { temporaryDirectory } from './temporary.ts';
import { until } from './until.ts';

/**
 * Machines that are real where the product looks (sshd, a shell, processes, files), and whose boot id, `/run` and package
 * manager are the test's: nothing that is done to them is done to this machine. Each is a namespace of processes and
 * mounts behind one sshd. Needs root on Linux.
 */
export interface PretendFleet extends AsyncDisposable {
  readonly machines: readonly PretendMachine[];
}

export class PretendMachine {
  readonly address: string;
  readonly #directory: string;

  constructor(address: string, directory: string) {
    this.address = address;
    this.#directory = directory;
  }

  get bootId(): string {
    return readFileSync(join(this.#directory, 'boot_id'), 'utf8').trim();
  }

  set bootId(id: string) {
    // The file stays the same one: it is mounted.
    writeFileSync(join(this.#directory, 'boot_id'), `${id}\n`);
  }

  /** What was asked of it that changes a machine, a line each: `systemctl reboot`, `apt-get … upgrade`. */
  get acts(): string[] {
    const path = join(this.#directory, 'acts');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  /** `/run` of the machine. */
  get run(): string {
    return join(this.#directory, 'run');
  }

  /** While a program is held it says that it runs, and does nothing. */
  hold(program: Held): void {
    writeFileSync(join(this.#directory, `hold-${program}`), '');
  }

  release(program: Held): void {
    rmSync(join(this.#directory, `hold-${program}`), { force: true });
  }

  /** Starts a script on the machine, beside everybody who is logged in there. It ends with the fleet at the latest. */
  start(script: string): void {
    const inside = readFileSync(join(this.#directory, 'pid'), 'utf8');
    spawn('nsenter', ['--target', inside, '--mount', '--pid', '--', 'sh', '-c', script], { stdio: 'ignore' }).unref();
  }
}

/** `uname` is asked for facts, `sha256sum` by a copy; `systemctl` reboots. */
export const heldPrograms = ['systemctl', 'apt-get', 'rpm-ostree', 'uname', 'sha256sum'] as const;
export type Held = (typeof heldPrograms)[number];

export interface PretendFleetOptions {
  /** Loopback addresses; the ones in `atomic` boot from an ostree. */
  readonly addresses: readonly string[];
  readonly atomic?: readonly string[];
  readonly port: number;
  /** Labels of derived keys. */
  readonly hostKey: string;
  readonly userKey: string;
}

/** A boot id like the first one of every machine, for tests to compare with. */
export const firstBoot = '11111111-1111-4111-8111-111111111111';

export async function pretendFleet(options: PretendFleetOptions): Promise<PretendFleet> {
  const directory = temporaryDirectory();
  const processes: ChildProcess[] = [];
  const dispose = async () => {
    for (const each of processes.toReversed()) {
      if (each.exitCode !== null || each.signalCode !== null) continue;
      each.kill('SIGKILL');
      await once(each, 'exit');
    }
    directory[Symbol.dispose]();
  };
  try {
    const machines = options.addresses.map((address) => {
      const { path, init } = makeMachine(directory.path, address, options.atomic?.includes(address) === true);
      processes.push(init);
      return new PretendMachine(address, path);
    });
    for (const { address } of machines) await until(() => existsSync(join(directory.path, address, 'ready')));
    for (const [index, { address }] of machines.entries()) {
      const pid = processes[index]?.pid;
      // The first process inside, which is the child of the one that made the namespaces.
      const inside = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      writeFileSync(join(directory.path, address, 'pid'), inside);
    }
    for (let first = 0; first < options.addresses.length; first += addressesPerSshd) {
      const addresses = options.addresses.slice(first, first + addressesPerSshd);
      processes.push(await startSshd(directory.path, `sshd${first}`, { ...options, addresses }));
    }
    return { machines, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function makeMachine(root: string, address: string, atomic: boolean): { path: string; init: ChildProcess } {
  const path = join(root, address);
  mkdirSync(join(path, 'run'), { recursive: true, mode: 0o755 });
  mkdirSync(join(path, 'bin'));
  writeFileSync(join(path, 'boot_id'), `${firstBoot}\n`);
  if (atomic) writeFileSync(join(path, 'run/ostree-booted'), '');
  for (const program of heldPrograms) {
    const text = stub(path, program);
    writeFileSync(join(path, 'bin', program), text, { mode: 0o755 });
  }
  const script = [
    `mount --bind ${path}/boot_id /proc/sys/kernel/random/boot_id`,
    `mount --bind ${path}/run /run`,
    `touch ${path}/ready`,
    // What loses its parent becomes a child of this one, which a real first process would reap too.
    'while :; do sleep 3600 & wait $!; done',
  ].join('\n');
  const words = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'bash', '-e', '-c', script];
  return { path, init: spawn('unshare', words, { stdio: 'ignore' }) };
}

/** The programs that would change this very machine, and those a test wants to hold up. */
function stub(path: string, program: Held): string {
  const acts: Record<Held, string> = {
    systemctl: `[ "$1" = reboot ] && cat /proc/sys/kernel/random/uuid >${path}/boot_id; exit 0`,
    'apt-get': 'echo "apt-get did what it was asked"; exit 0',
    'rpm-ostree': 'echo "rpm-ostree did what it was asked"; exit 0',
    uname: 'exec /bin/uname "$@"',
    sha256sum: 'exec /usr/bin/sha256sum "$@"',
  };
  const changes = program !== 'uname' && program !== 'sha256sum';
  return [
    '#!/bin/sh',
    ...(changes ? [`echo "${program} $*" >>${path}/acts`] : []),
    ...(program === 'systemctl' ? [`[ ! -e ${path}/hold-systemctl ] || exit 0`] : []),
    `if [ -e ${path}/hold-${program} ]; then echo "${program} is held"; while [ -e ${path}/hold-${program} ]; do sleep 0.1; done; fi`,
    acts[program],
    '',
  ].join('\n');
}

/** sshd takes no more (MAX_LISTEN_SOCKS of its source). */
const addressesPerSshd = 16;

async function startSshd(root: string, name: string, options: PretendFleetOptions): Promise<ChildProcess> {
  const file = (name: string, text: string, mode = 0o600) => {
    writeFileSync(join(root, name), text, { mode });
    return join(root, name);
  };
  const text = (base64: string) => Buffer.from(base64, 'base64').toString();
  const hostKey = file('host-key', text(derivedSshKey(options.hostKey).privateFile));
  const keys = file('authorized-keys', text(derivedSshKey(options.userKey).publicFile));
  const enter = file(
    'enter',
    [
      '#!/bin/sh',
      '# The third word is the address that was connected to.',
      'set -- $SSH_CONNECTION',
      `machine=${root}/$3`,
      'exec nsenter --target "$(cat "$machine/pid")" --mount --pid -- \\',
      '  env PATH="$machine/bin:$PATH" sh -c "$SSH_ORIGINAL_COMMAND"',
      '',
    ].join('\n'),
    0o755,
  );
  const configuration = file(
    `${name}.conf`,
    [
      ...options.addresses.map((address) => `ListenAddress ${address}:${options.port}`),
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${keys}`,
      `ForceCommand ${enter}`,
      `PidFile ${join(root, `${name}.pid`)}`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin yes',
      'StrictModes no',
      'UsePAM no',
      'UseDNS no',
      'PrintMotd no',
      'PrintLastLog no',
      'MaxSessions 100',
      'MaxStartups 1000',
      'SetEnv SHLVL=1',
      '',
    ].join('\n'),
  );
  mkdirSync('/run/sshd', { recursive: true });
  const log = join(root, `${name}.log`);
  appendFileSync(log, '');
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-f', configuration, '-E', log], { stdio: 'ignore' });
  await until(() => existsSync(join(root, `${name}.pid`)) || sshd.exitCode !== null);
  if (sshd.exitCode !== null) throw new Error(`sshd did not start: ${readFileSync(log, 'utf8')}`);
  return sshd;
}
