import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Client, type ParsedKey, type ServerHostKeyAlgorithm } from 'ssh2';
import { type AppError, systemErrorCode } from '../lib/errors.ts';
import { offeredAlgorithms, offeredKems } from './algorithms.ts';
import { ClientSession } from './client-session.ts';
import {
  hostBusy,
  jumpHostLost,
  loginRefused,
  noSignatureAlgorithm,
  notSsh,
  TooSlow,
  unreachable,
} from './connect-errors.ts';
import type { ConnectDeadlines, ConnectPhase } from './deadlines.ts';
import { gatherWrites } from './gather-writes.ts';
import type { HostKeys } from './host-keys.ts';
import { KeyOffer } from './key-offer.ts';
import { noCommonAlgorithm, type Offers } from './no-common-algorithm.ts';
import { fingerprint } from './private-key.ts';
import type { Session, Target } from './session.ts';

export interface DialOptions {
  hostKeys: Pick<HostKeys, 'pinned' | 'verify'>;
  deadlines: ConnectDeadlines;
  /** A machine that does not answer this many keepalives in a row counts as gone. Default 3, one every 15 s. */
  keepalive?: { intervalMs: number; unanswered: number };
  signal?: AbortSignal;
  /** Reads a private key; default `parsePrivateKey`. */
  parseKey?: (base64: string) => ParsedKey;
  /** The session to the last jump host of the target, through which the connection is made. */
  through?: Session;
  /** Called when the handshake reaches another phase. */
  onPhase?: (phase: ConnectPhase) => void;
}

const defaultKeepalive = { intervalMs: 15_000, unanswered: 3 };

/** The messages of an sshd that refuses a connection for now (`MaxStartups`, `PerSourcePenalties`). */
const turnedAway = /Exceeded MaxStartups|Not allowed at this time/;

/** RFC 4253, 11.1: SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE; sshd closes with PROTOCOL_ERROR and this message. */
const noMoreAuthMethods = 14;
const tooManyFailures = /too many authentication failures/i;

/** What ssh2 adds to its errors: their origin, or the code of a disconnect message. */
type ClientError = Error & { level?: string; code?: unknown; offers?: Offers };

/** One attempt to open a session to an address. */
export class Handshake {
  readonly #target: Target;
  readonly #options: DialOptions;
  readonly #key: ParsedKey;
  readonly #serverHostKey: ServerHostKeyAlgorithm[];
  readonly #offer: KeyOffer;
  readonly #client = new Client();
  readonly #result = Promise.withResolvers<Session>();
  #socket: Duplex | undefined;
  #phase: ConnectPhase = 'tcp';
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the peer sent before its banner. */
  #greeting = '';
  #hostKey = '';
  #heardAt = 0;
  #settled = false;

  constructor(target: Target, options: DialOptions, key: ParsedKey, serverHostKey: ServerHostKeyAlgorithm[]) {
    this.#target = target;
    this.#options = options;
    this.#key = key;
    this.#offer = new KeyOffer(target.user, key);
    this.#serverHostKey = serverHostKey;
  }

  async run(): Promise<Session> {
    const { signal, through } = this.#options;
    signal?.throwIfAborted();
    const onAbort = () => this.#fail(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#enter('tcp');
    if (through === undefined) this.#connect();
    else void this.#connectThrough(through);
    try {
      return await this.#result.promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(this.#timer);
    }
  }

  #connect(): void {
    const { address: host, port } = this.#target;
    const socket = connectSocket({ host, port, noDelay: true });
    gatherWrites(socket);
    this.#socket = socket;
    socket.once('connect', () => this.#greet(socket));
    socket.on('error', (error) => this.#fail(this.#failure(error)));
  }

  async #connectThrough(jumpHost: Session): Promise<void> {
    try {
      const channel = await jumpHost.forward(this.#target);
      this.#socket = channel;
      if (this.#settled) channel.destroy();
      else this.#greet(channel);
    } catch (error) {
      this.#fail(error);
    }
  }

  #greet(socket: Duplex): void {
    if (this.#settled) return;
    this.#enter('banner');
    const { user: username } = this.#target;
    const { intervalMs, unanswered } = this.#options.keepalive ?? defaultKeepalive;
    this.#client.on('handshake', () => {
      this.#enter('authentication');
    });
    this.#client.on('ready', () => this.#succeed(socket));
    this.#client.on('error', (error) => this.#fail(this.#failure(error)));
    this.#client.on('close', () => {
      if (!this.#settled) this.#fail(this.#failure());
    });
    this.#client.connect({
      sock: socket,
      username,
      readyTimeout: 0,
      keepaliveInterval: intervalMs,
      keepaliveCountMax: unanswered,
      algorithms: { ...offeredAlgorithms, serverHostKey: this.#serverHostKey },
      kems: offeredKems,
      authHandler: this.#offer.next,
      hostVerifier: this.#verdictOn.bind(this),
    });
    this.#listen(socket);
  }

  /**
   * What ssh2 asks in each key exchange. In the first one the verdict comes later, from the store. In a later one
   * (RFC 4253, 9) it is the returned value: ssh2 would send what waits in clear while it waits for a verdict.
   */
  #verdictOn(shown: Buffer, verdict: (accepted: boolean) => void): boolean | undefined {
    if (this.#hostKey !== '') return fingerprint(shown) === this.#hostKey;
    void this.#verify(shown, verdict);
    return undefined;
  }

  async #verify(shown: Buffer, verdict: (accepted: boolean) => void): Promise<void> {
    try {
      await this.#options.hostKeys.verify(this.#target.address, shown);
      this.#hostKey = fingerprint(shown);
      // The attempt may have ended while the key was compared; ssh2 throws then.
      if (this.#phase !== 'key exchange' || !this.#settled) verdict(true);
    } catch (error) {
      this.#fail(error);
    }
  }

  #listen(socket: Duplex): void {
    const onData = (chunk: Buffer) => {
      this.#heardAt = performance.now();
      if (this.#phase === 'banner') this.#readGreeting(chunk);
    };
    const stop = () => socket.off('data', onData);
    // ssh2 has paused the socket and resumes it once it listens itself, so neither misses a byte.
    socket.on('data', onData);
    this.#result.promise.then(stop, stop);
  }

  /** RFC 4253, 4.2: lines of text may come before the one that begins with `SSH-`. */
  #readGreeting(chunk: Buffer): void {
    this.#greeting += chunk.toString('latin1');
    if (/(^|\n)SSH-[^\n]*\n/.test(this.#greeting)) this.#enter('key exchange');
    this.#greeting = this.#greeting.slice(-1024);
  }

  #enter(phase: ConnectPhase): void {
    if (this.#settled) return;
    this.#phase = phase;
    clearTimeout(this.#timer);
    const ms = this.#options.deadlines[phase];
    this.#timer = setTimeout(() => this.#fail(this.#tooSlow(phase, ms)), ms);
    if (phase !== 'tcp') this.#options.onPhase?.(phase);
  }

  #tooSlow(phase: ConnectPhase, ms: number): TooSlow {
    return new TooSlow(this.#target, phase, ms, performance.now() - this.#heardAt);
  }

  #succeed(socket: Duplex): void {
    if (this.#settled) return;
    this.#settled = true;
    const { deadlines, through } = this.#options;
    const options = { hostKey: this.#hostKey, channelMs: deadlines.channel, through };
    this.#result.resolve(new ClientSession(this.#client, socket, this.#target, options));
  }

  #fail(error: unknown): void {
    // Also after success: if the host key changes in a later key exchange, the connection ends.
    this.#socket?.destroy();
    if (this.#settled) return;
    this.#settled = true;
    this.#result.reject(error);
  }

  #failure(error?: ClientError): AppError {
    const { through } = this.#options;
    if (through?.closed.aborted) return jumpHostLost(this.#target, through.target, through.closed.reason);
    if (this.#isRefusal(error)) return this.#refusal(error);
    if (error?.offers !== undefined) return noCommonAlgorithm(this.#target, error.offers, error);
    if (this.#phase !== 'banner') return unreachable(this.#target, this.#phase, error);
    if (this.#greeting.trim() !== '' && !turnedAway.test(this.#greeting)) return notSsh(this.#target, this.#greeting);
    return isClose(error) ? hostBusy(this.#target, error) : unreachable(this.#target, this.#phase, error);
  }

  #refusal(error: ClientError | undefined): AppError {
    const offered = fingerprint(this.#key.getPublicSSH());
    const { answer } = this.#offer;
    const unasked = answer === undefined && error?.level === 'client-authentication';
    return unasked
      ? noSignatureAlgorithm(this.#target, offered, error)
      : loginRefused(this.#target, offered, answer, error);
  }

  #isRefusal(error: ClientError | undefined): boolean {
    if (error?.level === 'client-authentication') return true;
    if (error === undefined || this.#phase !== 'authentication') return false;
    return error.code === noMoreAuthMethods || tooManyFailures.test(error.message);
  }
}

/** Whether the peer closed or reset the connection, as ssh2 and the system report it. */
function isClose(error: ClientError | undefined): boolean {
  return (
    error === undefined || error.level === 'protocol' || ['ECONNRESET', 'EPIPE'].includes(systemErrorCode(error) ?? '')
  );
}
