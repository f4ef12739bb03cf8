import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledServer } from '../../support/compiled.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import { installed, type Ran, run } from '../support.ts';

/**
 * The machine that the original's manual is read at: a network without a way out, a file system of its own over that of
 * this machine, and the product on PATH, so that a line with `localhost:8000`, `192.168.152.110` or `/etc/commissaire`
 * in it means there what it says. Nothing of it is left, and nothing of this machine is changed.
 */
export class JumpHost implements AsyncDisposable {
  readonly #pid: number;
  readonly #resources: AsyncDisposableStack;

  private constructor(pid: number, resources: AsyncDisposableStack) {
    this.#pid = pid;
    this.#resources = resources;
  }

  /** @param addresses IPv4 addresses that are this machine as well; nothing listens there unless it is made to */
  static async boot(addresses: readonly string[]): Promise<JumpHost> {
    await using resources = new AsyncDisposableStack();
    const directory = resources.use(temporaryDirectory());
    mkdirSync(join(directory.path, 'root'));
    const product = resources.use(installed());
    const words = ['--net', '--mount', 'bash', '-c', boot, 'boot', directory.path, product.directory, ...addresses];
    const machine = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(machine, 'exit');
    resources.defer(async () => {
      machine.kill('SIGKILL');
      await ended;
    });
    const said = once(machine.stdout, 'data').then(([text]) => String(text));
    const up = await Promise.race([said, ended.then(() => 'nothing')]);
    if (machine.pid === undefined || up !== 'up\n') throw new Error(`the jump host did not start: ${up}`);
    return new JumpHost(machine.pid, resources.move());
  }

  /** Runs a line as a script there has it. */
  run(line: string, input = ''): Ran {
    return run([...this.#inside, 'bash', '-c', line], { env: environment, input });
  }

  /** Runs a line on a terminal, with what is typed there next. What it prints on either stream is all `stdout`. */
  type(line: string, answer: string): Ran {
    return run([...this.#inside, 'script', '-qec', line, '/dev/null'], { env: environment, input: answer });
  }

  /** The same for a line that has to succeed. Returns what it printed. */
  done(line: string): string {
    const { code, stdout, stderr } = this.run(line);
    if (code !== 0) throw new Error(`${line}: exit code ${code}: ${stderr}`);
    return stdout;
  }

  /** Writes a file there, and the directories above it. */
  write(path: string, text: string): void {
    const { code, stderr } = this.run(`mkdir -p "$(dirname '${path}')" && umask 077 && cat > '${path}'`, text);
    if (code !== 0) throw new Error(`cannot write ${path}: ${stderr}`);
  }

  /** Makes a key pair there. */
  makeKey(path: string): void {
    this.done(`mkdir -p "$(dirname '${path}')" && ssh-keygen -q -t ed25519 -N '' -f '${path}'`);
  }

  /**
   * Starts an sshd on an address, at the ports of the manual. It is this very machine, so whoever logs in is told where
   * from and where to, and nothing that they send is run.
   */
  async startSshd(address: string, authorizedKeys: string): Promise<void> {
    this.done('mkdir -p /run/sshd');
    this.makeKey('host_key');
    const options = [
      'HostKey=/home/operator/host_key',
      `AuthorizedKeysFile=${authorizedKeys}`,
      `ListenAddress=${address}`,
    ];
    const all = [...options, 'Port=22', 'Port=9876', 'PermitRootLogin=yes', 'StrictModes=no', 'PidFile=none'];
    const words = [...all, 'ForceCommand=echo "logged in: $SSH_CONNECTION"'].map((option) => `-o '${option}'`);
    // What it says is not read: its sessions would keep a pipe open for longer than it lives.
    this.serve(`/usr/sbin/sshd -D -f /dev/null ${words.join(' ')} > /dev/null 2>&1`);
    await until(() => this.run(`ssh-keyscan -p 9876 ${address}`).stdout !== '');
  }

  /** Runs a line that is to become a server. It is killed with the machine at the latest. */
  serve(line: string): CompiledServer {
    const words = [...this.#inside, 'bash', '-c', `exec ${line}`];
    return this.#resources.use(CompiledServer.launch(words, { env: environment, cwd: '/' }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  get #inside(): string[] {
    return ['nsenter', '--target', String(this.#pid), '--net', '--mount', '--root', '--wdns=/home/operator'];
  }
}

const environment = {
  HOME: '/home/operator',
  SHELL: '/bin/bash',
  PATH: '/opt/commissaire:/usr/sbin:/usr/bin:/sbin:/bin',
};

/** Runs in the new namespaces, whose mounts go with the last process in them. */
const boot = `
set -euo pipefail
root=$1/root product=$2
shift 2
mount -t tmpfs tmpfs "$root"
mkdir "$root"/{upper,scratch,merged}
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/scratch" "$root/merged"
for directory in proc dev sys; do mount --rbind "/$directory" "$root/merged/$directory"; done
mkdir -p "$root"/merged/{opt/commissaire,home/operator,etc/commissaire}
mount --bind "$product" "$root/merged/opt/commissaire"
printf '127.0.0.1 localhost\\n' > "$root/merged/etc/hosts"
printf 'silent\\nshow-error\\nwrite-out = "\\\\n%%{http_code}"\\n' > "$root/merged/home/operator/.curlrc"
ip link set lo up
for address; do ip address add "$address/32" dev lo; done
exec chroot "$root/merged" bash -c 'echo up; exec sleep infinity'
`;
