import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import {
  type AuthContext,
  type Connection,
  type ServerChannel,
  type ServerConfig,
  type Session,
  Server as SshServer,
  utils,
} from 'ssh2';
import { startMarks } from '../../src/ssh/login-shell.ts';
import type { Fleet } from './fleet.ts';

/** Something on loopback that a client connects to. Disposing ends it with every connection it has. */
export interface Peer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections that are still there. */
  readonly open: number;
}

/** The other side of a key encapsulation. */
export interface PeerEncapsulation {
  readonly hash: 'sha256' | 'sha512';
  readonly publicKeyLen: number;
  encapsulate(publicKey: Uint8Array): { ciphertext: Uint8Array; secret: Uint8Array };
}

declare module 'ssh2' {
  interface ServerConfig {
    kems?: Readonly<Record<string, PeerEncapsulation>>;
  }
}

const endOfMarks = `${startMarks.stdout}'\n`;
const banner = 'SSH-2.0-faulty\r\n';

/** Each peer is a host of its own, with a host key of its own. */
const ownAddress = () => `127.90.${randomInt(256)}.${randomInt(1, 255)}`;

/** A TCP server that treats each connection as it is told. */
export async function tcpPeer(treat: (socket: Socket) => void, address = ownAddress()): Promise<Peer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    treat(socket);
  });
  server.listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new TypeError('a TCP server has an address and a port');
  return {
    address,
    port: bound.port,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Accepts and says nothing. */
export const silentPeer = () => tcpPeer((socket) => void socket.resume());

/**
 * Stops the daemon of an sshd fleet and fills its queue: it does not even answer an attempt to connect any more.
 * Disposing lets it go on.
 */
export function deafen(fleet: Fleet): Disposable {
  const pid = Number(readFileSync(join(dirname(fleet.key), 'sshd0.pid'), 'utf8'));
  process.kill(pid, 'SIGSTOP');
  const host = fleet.hosts[0];
  // sshd asks for a queue of 128 (SSH_LISTEN_BACKLOG in its source).
  const queued = Array.from({ length: 140 }, () =>
    connect({ host: host?.address, port: host?.port ?? 0 }).on('error', () => undefined),
  );
  return {
    [Symbol.dispose]() {
      for (const socket of queued) socket.destroy();
      process.kill(pid, 'SIGCONT');
    },
  };
}

/** Accepts and closes, as an sshd over its MaxStartups does. */
export const closingPeer = (lastWords = '') => tcpPeer((socket) => void socket.end(lastWords));

/** Sends its banner byte by byte and never comes to the end of it. */
export function drippingPeer(intervalMs: number): Promise<Peer> {
  return tcpPeer((socket) => {
    let sent = 0;
    const timer = setInterval(() => {
      socket.write(sent < 8 ? banner.charAt(sent) : 'x');
      sent += 1;
    }, intervalMs);
    socket.on('close', () => clearInterval(timer));
  });
}

/** Sends its banner and then nothing: what it holds back is the key exchange. */
export const bannerOnlyPeer = () => tcpPeer((socket) => void socket.resume().write(banner));

/** Sends its banner, waits for the client's part of the key exchange, and resets the connection. */
export function resettingPeer(): Promise<Peer> {
  return tcpPeer((socket) => {
    socket.write(banner);
    socket.once('data', () => socket.resetAndDestroy());
  });
}

/** Sends its banner and offers these host key algorithms, with other algorithms that are usual. */
export function hostKeyPeer(algorithms: string): Promise<Peer> {
  const both = (names: string) => [names, names];
  const offered = [
    ...['curve25519-sha256', algorithms],
    ...[...both('aes128-ctr'), ...both('hmac-sha2-256'), ...both('none'), ...both('')],
  ];
  return tcpPeer((socket) => {
    socket.resume().write(banner);
    socket.write(packet(Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...offered.map(named), Buffer.alloc(5)])));
  });
}

/** RFC 4251, 5: a list of names. */
function named(names: string): Buffer {
  const text = Buffer.from(names);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text]);
}

/** RFC 4253, 6: a packet before there is encryption. */
function packet(payload: Buffer): Buffer {
  const padding = 8 + ((8 - ((payload.length + 5) % 8)) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + padding + 1);
  head.writeUInt8(padding, 4);
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}

export interface Proxy extends Peer {
  /** Passes nothing on any more, in either direction, and keeps the connections. */
  freeze(): void;
  /** Ends every connection now. */
  cut(): void;
  /** Bytes that came from the server so far. */
  readonly received: number;
}

/** Passes everything on between its clients and a server, until told otherwise. `greeting` goes to the client first. */
export async function proxyTo(target: { address: string; port: number }, greeting = ''): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>();
  let frozen = false;
  let received = 0;
  const peer = await tcpPeer((client) => {
    const server = connect({ host: target.address, port: target.port, noDelay: true });
    const pair: [Socket, Socket] = [client, server];
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    pairs.add(pair);
    client.setNoDelay(true);
    if (greeting !== '') client.write(greeting);
    client.on('data', (bytes) => frozen || server.write(bytes));
    server.on('data', (bytes) => {
      received += bytes.length;
      if (frozen || client.write(bytes)) return;
      server.pause();
      client.once('drain', () => server.resume());
    });
    for (const side of pair) side.on('error', end).on('close', () => frozen || end());
  });
  return Object.create(peer, {
    freeze: {
      value: () => {
        frozen = true;
      },
    },
    cut: {
      value: () => {
        for (const [client, server] of pairs) {
          client.destroy();
          server.destroy();
        }
      },
    },
    received: { get: () => received },
  });
}

export interface SshPeerOptions extends Pick<ServerConfig, 'algorithms' | 'kems'> {
  /** Default one that no other peer has. */
  address?: string;
  /** Private host keys; default one of type ed25519. */
  hostKeys?: readonly string[];
  authenticate?: (context: AuthContext) => void;
  /** Gets each connection before its handshake. */
  connected?: (connection: Connection) => void;
  /** Gets each session a client asks for; the default runs `exec` for each command. */
  session?: (accept: () => Session) => void;
  /** Gets each command; the default ends it with exit code 0. */
  exec?: (channel: ServerChannel, command: string) => void;
}

export interface SshPeer extends Peer {
  /** Attempts to log in so far, by any method. */
  readonly logins: number;
  /** Commands it was sent. */
  readonly commands: readonly string[];
}

/** An SSH server that does with each login, session and command what it is told, and records them. */
export async function sshPeer(options: SshPeerOptions = {}): Promise<SshPeer> {
  const commands: string[] = [];
  let logins = 0;
  const {
    hostKeys = [ed25519Key().private],
    authenticate = (context) => context.accept(),
    exec = (channel) => endWith(channel, 0),
    algorithms = {},
    kems = {},
  } = options;
  const runCommands = (accept: () => Session) => {
    accept().on('exec', (acceptExec, _reject, { command }) => {
      const script = scriptIn(command);
      commands.push(script);
      exec(begun(acceptExec()), script);
    });
  };
  const server = new SshServer({ hostKeys: [...hostKeys], algorithms, kems }, (connection) => {
    connection.on('error', () => undefined);
    options.connected?.(connection);
    connection.on('authentication', (context) => {
      logins += 1;
      authenticate(context);
    });
    connection.on('session', options.session ?? runCommands);
  });
  const peer = await tcpPeer((socket) => server.injectSocket(socket), options.address);
  return Object.create(peer, { logins: { get: () => logins }, commands: { value: commands } });
}

/** Prints the start marks, as each command does. */
export function begun(channel: ServerChannel): ServerChannel {
  channel.stderr.write(startMarks.stderr);
  channel.write(startMarks.stdout);
  return channel;
}

/** The script in a line for a login shell, without what prints the start marks. */
function scriptIn(line: string): string {
  const { words = '' } = /^exec sh -c '[^']*' sh '(?<words>.*)'$/.exec(line)?.groups ?? {};
  const octal = (_: string, digits: string) => String.fromCharCode(Number.parseInt(digits, 8));
  const bytes = words.replaceAll("' '", '').replaceAll(/\\0([0-7]{3})/g, octal);
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return text.slice(text.indexOf(endOfMarks) + endOfMarks.length);
}

/** Ends a command on an `sshPeer`. */
export function endWith(channel: ServerChannel, exitCode: number): void {
  channel.exit(exitCode);
  channel.end();
}

/** A key pair that can be read: of those that ssh2 makes one in some hundreds cannot. */
export function ed25519Key(): { private: string; public: string } {
  while (true) {
    const pair = utils.generateKeyPairSync('ed25519');
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
