import { type Connection, type ServerChannel, type Session, Server as SshServer } from 'ssh2';
import { begun, ed25519Key, type Peer, tcpPeer } from '../../support/faulty-peer.ts';

/** Sends a packet with any payload, sealed as the connection is at that time. */
export type Send = (payload: Buffer) => void;

export interface HostilePeerOptions {
  /** Gets each attempt to log in; the default lets everybody in. */
  onLogin?: (send: Send, accept: () => void) => void;
  /** Gets each session that is asked for; the default accepts it and hands its commands to `onCommand`. */
  onSession?: (send: Send, accept: () => Session) => void;
  /** Gets each command; the default ends it with exit code 0. */
  onCommand?: (send: Send, channel: ServerChannel) => void;
}

/** An SSH server that says what no server should, from the login on. What is before that is bytes: see `before-login.ts`. */
export function hostilePeer(options: HostilePeerOptions): Promise<Peer> {
  const { onLogin = (_, accept) => accept() } = options;
  const { onCommand = (_, channel) => finish(channel) } = options;
  const { onSession = (send, accept) => acceptCommands(accept, (channel) => onCommand(send, channel)) } = options;
  const server = new SshServer({ hostKeys: [ed25519Key().private] }, (connection) => {
    const send = senderOf(connection);
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => onLogin(send, () => context.accept()));
    connection.on('session', (accept) => onSession(send, accept));
  });
  return tcpPeer((socket) => server.injectSocket(socket));
}

export function acceptCommands(accept: () => Session, onCommand: (channel: ServerChannel) => void): void {
  accept().on('exec', (acceptCommand) => {
    const channel = begun(acceptCommand());
    channel.on('error', () => undefined);
    onCommand(channel);
  });
}

export function finish(channel: ServerChannel, code = 0): void {
  channel.exit(code);
  channel.end();
}

/** What the library keeps to itself: how it seals a packet. */
interface Sealing {
  readonly _packetRW: {
    readonly write: { readonly allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer };
  };
  readonly _cipher: { encrypt(packet: Buffer): void };
}

function senderOf(connection: Connection): Send {
  return (payload) => {
    const sealing: unknown = Reflect.get(connection, '_protocol');
    if (!isSealing(sealing)) throw new TypeError('the library seals its packets in another way now');
    const { write } = sealing._packetRW;
    const packet = write.alloc(payload.length);
    packet.set(payload, write.allocStart);
    sealing._cipher.encrypt(write.finalize(packet));
  };
}

function isSealing(value: unknown): value is Sealing {
  return typeof value === 'object' && value !== null && '_packetRW' in value && '_cipher' in value;
}
