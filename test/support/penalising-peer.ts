import { Server as SshServer } from 'ssh2';
import type { Clock } from '../../src/lib/clock.ts';
import { begun, ed25519Key, endWith, type Peer, tcpPeer } from './faulty-peer.ts';

export interface PenalisingPeer extends Peer {
  /** Connections that were closed because of earlier ones. */
  readonly turnedAway: number;
  readonly refusedLogins: number;
}

/** The defaults of `PerSourcePenalties` in sshd_config(5) of OpenSSH 9.8, in milliseconds. */
const penalties = { authfail: 5_000, noauth: 1_000, enforcedFrom: 15_000, longest: 600_000 };

export interface PenalisingOptions {
  clock: Clock;
  /** When logins are accepted, by the clock. */
  opensAt: number;
  /** A penalty that another client of the same address has earned. */
  penaltyMs?: number;
  /** What a command prints. */
  answer: string;
}

/** An sshd that counts refused logins, and connections without a login, against an address, as OpenSSH 9.8 does. */
export async function penalisingPeer(options: PenalisingOptions): Promise<PenalisingPeer> {
  const { clock, opensAt, penaltyMs = 0, answer } = options;
  let turnedAway = 0;
  let refusedLogins = 0;
  let until = clock.monotonic() + penaltyMs;
  let enforced = penaltyMs > 0;
  const penalise = (ms: number) => {
    const now = clock.monotonic();
    if (until <= now) enforced = false;
    until = Math.min(Math.max(until, now) + ms, now + penalties.longest);
    enforced ||= until - now >= penalties.enforcedFrom;
  };
  const server = new SshServer({ hostKeys: [ed25519Key().private] }, (connection) => {
    let tried = false;
    connection.on('error', () => undefined);
    connection.on('close', () => tried || penalise(penalties.noauth));
    connection.on('authentication', (context) => {
      tried = true;
      if (clock.monotonic() >= opensAt) return context.accept();
      refusedLogins += 1;
      penalise(penalties.authfail);
      context.reject();
    });
    connection.on('session', (accept) =>
      accept().on('exec', (acceptExec) => {
        const channel = begun(acceptExec());
        channel.write(answer);
        endWith(channel, 0);
      }),
    );
  });
  const peer = await tcpPeer((socket) => {
    if (!enforced || clock.monotonic() >= until) return server.injectSocket(socket);
    turnedAway += 1;
    socket.end('Not allowed at this time\r\n');
  });
  return Object.create(peer, { turnedAway: { get: () => turnedAway }, refusedLogins: { get: () => refusedLogins } });
}
