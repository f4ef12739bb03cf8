import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../../src/ssh/session.ts';
import { type Peer, tcpPeer } from './faulty-peer.ts';
import { temporaryDirectory } from './temporary.ts';

/** A real sshd, with lines of sshd_config(5) that a fleet would not come up with: its own login may not work. */
export interface Sshd extends Peer {
  readonly user: string;
  /** A login with this private key file. */
  target(privateKey: Uint8Array): Target;
  log(): string;
}

/** Host keys of each type, and the keys that may log in, for many sshd. */
export interface SshdSite extends Disposable {
  /** @param publicLine a line of an authorized_keys file */
  authorize(publicLine: string): void;
  /** Answers each connection with an sshd of its own. `hostKey` is one of `hostKeyFiles`. */
  start(lines: readonly string[], hostKey?: string): Promise<Sshd>;
}

/** What ssh-keygen is told for each type of host key. */
export const hostKeyFiles: Readonly<Record<string, readonly string[]>> = {
  ed25519: ['-t', 'ed25519'],
  ecdsa256: ['-t', 'ecdsa', '-b', '256'],
  ecdsa384: ['-t', 'ecdsa', '-b', '384'],
  ecdsa521: ['-t', 'ecdsa', '-b', '521'],
  rsa: ['-t', 'rsa', '-b', '2048'],
};

const program = '/usr/sbin/sshd';

export function sshdSite(): SshdSite {
  const directory = temporaryDirectory();
  const file = (name: string) => join(directory.path, name);
  const authorized = file('authorized_keys');
  const user = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
  let started = 0;
  // Where sshd runs as root it wants this directory.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  return {
    authorize: (publicLine) => appendFileSync(authorized, `${publicLine}\n`, { mode: 0o600 }),
    async start(lines, hostKey = 'ed25519') {
      const key = file(hostKey);
      if (!existsSync(key)) {
        execFileSync('ssh-keygen', ['-q', '-N', '', '-f', key, ...(hostKeyFiles[hostKey] ?? [])]);
      }
      started += 1;
      const [configuration, log] = [file(`sshd${started}.conf`), file(`sshd${started}.log`)];
      writeFileSync(configuration, [...lines, ...usual(key, authorized), ''].join('\n'));
      const peer = await tcpPeer((socket) => {
        const sshd = spawn(program, ['-i', '-f', configuration, '-E', log], { stdio: ['pipe', 'pipe', 'ignore'] });
        sshd.stdin.on('error', () => undefined);
        socket.pipe(sshd.stdin);
        sshd.stdout.pipe(socket);
      });
      return Object.create(peer, {
        user: { value: user },
        log: { value: () => readFileSync(log, 'utf8') },
        target: {
          value: (privateKey: Uint8Array): Target => ({
            address: peer.address,
            port: peer.port,
            user,
            privateKey: Buffer.from(privateKey).toString('base64'),
          }),
        },
      });
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

/** Of two lines with the same keyword sshd takes the first. */
const usual = (hostKey: string, authorized: string) => [
  `HostKey ${hostKey}`,
  `AuthorizedKeysFile ${authorized}`,
  'PasswordAuthentication no',
  'KbdInteractiveAuthentication no',
  'PermitRootLogin yes',
  'StrictModes no',
  'UsePAM no',
  'PrintMotd no',
  'PrintLastLog no',
  'LogLevel VERBOSE',
  // As scripts/fleet: bash would read .bashrc otherwise.
  'SetEnv SHLVL=1',
];
