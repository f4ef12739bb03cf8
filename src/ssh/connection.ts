import { connect as connectSocket, type Socket } from 'node:net';
import {
  type Algorithms,
  type CipherAlgorithm,
  Client,
  type ParsedKey,
  type PublicKeyAuthMethod,
  type ServerHostKeyAlgorithm,
} from 'ssh2';
import { AppError, systemErrorCode } from '../lib/errors.ts';
import { ClientSession } from './client-session.ts';
import type { ConnectDeadlines, ConnectPhase } from './deadlines.ts';
import type { HostKeys } from './host-keys.ts';
import { fingerprint, parsePrivateKey } from './private-key.ts';
import type { Session, Target } from './session.ts';

export interface DialOptions {
  hostKeys: HostKeys;
  deadlines: ConnectDeadlines;
  signal?: AbortSignal;
}

const keepaliveMs = 15_000;
const keepaliveCount = 3;

/** The cheap authenticated ciphers first: aes128-gcm streams three times as fast here as the usual default. */
const ciphers: CipherAlgorithm[] = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
];

/**
 * Logs in to a machine. No command can be sent before its host key was compared with the pinned one.
 *
 * @throws AppError `unreachable` (naming the phase), `host_busy`, `host_key_changed`, `login_refused`,
 *   `key_unreadable`, `key_passphrase_protected`
 */
export async function dial(target: Target, options: DialOptions): Promise<Session> {
  options.signal?.throwIfAborted();
  const key = parsePrivateKey(target.privateKey);
  const pinned = await options.hostKeys.pinned(target.address);
  return new Handshake(target, options, key, pinned?.algorithm ?? '').run();
}

/** One attempt to come from an address to a session. */
class Handshake {
  readonly #target: Target;
  readonly #options: DialOptions;
  readonly #key: ParsedKey;
  readonly #pinnedAlgorithm: string;
  readonly #client = new Client();
  readonly #result = Promise.withResolvers<Session>();
  #socket: Socket | undefined;
  #phase: ConnectPhase = 'tcp';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settled = false;

  constructor(target: Target, options: DialOptions, key: ParsedKey, pinnedAlgorithm: string) {
    this.#target = target;
    this.#options = options;
    this.#key = key;
    this.#pinnedAlgorithm = pinnedAlgorithm;
  }

  async run(): Promise<Session> {
    const onAbort = () => this.#fail(this.#options.signal?.reason);
    this.#options.signal?.addEventListener('abort', onAbort, { once: true });
    this.#enter('tcp');
    const socket = connectSocket({ host: this.#target.address, port: this.#target.port, noDelay: true });
    this.#socket = socket;
    socket.once('connect', () => this.#greet(socket));
    socket.on('error', (error) => this.#fail(this.#unreachable(error)));
    try {
      return await this.#result.promise;
    } finally {
      this.#options.signal?.removeEventListener('abort', onAbort);
      clearTimeout(this.#timer);
    }
  }

  #greet(socket: Socket): void {
    if (this.#settled) return;
    this.#enter('banner');
    const { address, user: username } = this.#target;
    const publicKey: PublicKeyAuthMethod = { type: 'publickey', username, key: this.#key };
    this.#client.on('handshake', () => this.#enter('authentication'));
    this.#client.on('ready', () => this.#succeed());
    this.#client.on('error', (error) => this.#fail(this.#clientFailure(error)));
    this.#client.on('close', () => this.#fail(this.#closedEarly()));
    this.#client.connect({
      sock: socket,
      username,
      readyTimeout: 0,
      keepaliveInterval: keepaliveMs,
      keepaliveCountMax: keepaliveCount,
      algorithms: { cipher: ciphers, ...hostKeyPreference(this.#pinnedAlgorithm) },
      authHandler: [publicKey],
      hostVerifier: (shown: Buffer, verdict: (accepted: boolean) => void) => {
        this.#options.hostKeys.verify(address, shown).then(
          () => verdict(true),
          (error) => {
            this.#fail(error);
            verdict(false);
          },
        );
      },
    });
    this.#watchBanner(socket);
  }

  /** RFC 4253, 4.2: lines of text may come before the one that begins with `SSH-`. */
  #watchBanner(socket: Socket): void {
    let seen = '';
    const onData = (chunk: Buffer) => {
      seen = (seen + chunk.toString('latin1')).slice(-512);
      if (!/(^|\n)SSH-[^\n]*\n/.test(seen)) return;
      socket.off('data', onData);
      if (this.#phase === 'banner') this.#enter('key exchange');
    };
    socket.on('data', onData);
  }

  #enter(phase: ConnectPhase): void {
    if (this.#settled) return;
    this.#phase = phase;
    clearTimeout(this.#timer);
    const ms = this.#options.deadlines[phase];
    this.#timer = setTimeout(() => this.#fail(this.#tooSlow(phase, ms)), ms);
  }

  #succeed(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#result.resolve(new ClientSession(this.#client, this.#target, this.#options.deadlines.channel));
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#client.destroy();
    this.#socket?.destroy();
    this.#result.reject(error);
  }

  #clientFailure(error: Error & { level?: string }): AppError {
    if (error.level !== 'client-authentication') return this.#closedEarly(error);
    const { address, user } = this.#target;
    const offered = fingerprint(this.#key.getPublicSSH());
    return new AppError(
      'login_refused',
      `cannot log in to ${address} as ${user}: the host refused the key (offered ${offered})`,
      {
        hint: `check authorized_keys of ${user} there, or set other credentials with \`commctl host creds ${address}\``,
      },
    );
  }

  /** A server over its MaxStartups closes before the banner: it lives, and will answer later. */
  #closedEarly(cause?: Error): AppError {
    if (this.#phase !== 'banner') return this.#unreachable(cause);
    return new AppError('host_busy', `${this.#where()} closed the connection before its banner`, {
      hint: 'its sshd may be over MaxStartups or penalise this address; try again later',
      cause,
    });
  }

  #unreachable(cause?: Error): AppError {
    const reason = (cause && (systemErrorCode(cause) ?? cause.message)) ?? 'the connection was closed';
    if (this.#phase === 'banner' && systemErrorCode(cause) === 'ECONNRESET') return this.#busyReset(cause);
    return new AppError('unreachable', `cannot reach ${this.#where()}: ${reason} (${this.#phase})`, {
      hint: 'check that the machine is up, and that its address and port are right',
      details: { phase: this.#phase },
      cause,
    });
  }

  #busyReset(cause: unknown): AppError {
    return new AppError('host_busy', `${this.#where()} reset the connection before its banner`, {
      hint: 'its sshd may be over MaxStartups; try again later',
      cause,
    });
  }

  #tooSlow(phase: ConnectPhase, ms: number): AppError {
    return new AppError('unreachable', `${this.#where()} did not finish ${phase} within ${ms / 1000} s`, {
      hint: 'check that the machine is up and not overloaded',
      details: { phase },
    });
  }

  #where(): string {
    const { address, port } = this.#target;
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  }
}

/** Asks for the type of key that is pinned, so that a machine with several keys shows the same one again. */
function hostKeyPreference(algorithm: string): Pick<Algorithms, 'serverHostKey'> {
  if (algorithm === '') return {};
  const first = algorithm === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [algorithm];
  const all = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];
  const ordered = [...first, ...all, 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'];
  return { serverHostKey: [...new Set(ordered)] as ServerHostKeyAlgorithm[] };
}
