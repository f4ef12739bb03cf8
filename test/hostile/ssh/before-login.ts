import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { type Peer, sshPeer, tcpPeer } from '../../support/faulty-peer.ts';
import { controls, manyControls, message, payload, plainPacket, text, uint32 } from './packets.ts';

const greeting = 'SSH-2.0-hostile\r\n';
const megabyte = 1024 * 1024;
/** As much as one packet may hold (RFC 4253, 6.1), and a bit less. */
const longText = 30_000;

/** What one machine sends before it has sent enough. */
const mostFlood = 16 * megabyte;

/** Writes the same again and again, as fast as it is taken, and then keeps the connection. */
function flood(socket: Socket, bytes: Buffer | string): void {
  const more = () => {
    while (!socket.destroyed && socket.bytesWritten < mostFlood && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
}

/** Greets, waits for the client's greeting, and sends what it is told. */
const afterGreeting = (send: (socket: Socket) => void) => (): Promise<Peer> =>
  tcpPeer((socket) => {
    socket.write(greeting);
    socket.once('data', () => {
      socket.resume();
      send(socket);
    });
  });

const kexInit = (list: string) =>
  payload(
    message.kexInit,
    randomBytes(16),
    ...Array.from({ length: 10 }, () => text(list)),
    Buffer.from([0]),
    uint32(0),
  );

/** What a machine can do before anybody has logged in, by its name. */
export const beforeLogin: Readonly<Record<string, () => Promise<Peer>>> = {
  'a banner of 10 MB': () => tcpPeer((socket) => void socket.write(`SSH-2.0-${'a'.repeat(10 * megabyte)}`)),
  'a banner of controls': () =>
    tcpPeer((socket) => void socket.end(`SSH-2.0-${controls.replaceAll(/[\r\n]/g, '')}\r\n`)),
  'no banner but controls': () => tcpPeer((socket) => void socket.end(`${controls}\r\n`.repeat(100))),
  'lines without end': () => tcpPeer((socket) => flood(socket, `${'a'.repeat(200)}\r\n`.repeat(100))),
  'another protocol': () =>
    tcpPeer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')),
  'an older version': () => tcpPeer((socket) => void socket.write('SSH-1.5-old\r\n')),
  noise: () => tcpPeer((socket) => flood(socket, randomBytes(4_096))),
  'a list of algorithms of 1 MB': afterGreeting((socket) =>
    socket.write(plainPacket(kexInit('a,'.repeat(megabyte / 2)))),
  ),
  'lists of algorithms nobody has': afterGreeting((socket) => socket.write(plainPacket(kexInit(controls.repeat(20))))),
  'lists of 3,000 algorithms': afterGreeting((socket) => socket.write(plainPacket(kexInit('a,'.repeat(1_500))))),
  'a packet of 4 GB': afterGreeting((socket) => flood(socket, Buffer.alloc(65_536, 255))),
  'a packet of no length': afterGreeting((socket) => flood(socket, Buffer.alloc(65_536))),
  'padding longer than the packet': afterGreeting((socket) =>
    socket.write(Buffer.concat([uint32(12), Buffer.alloc(60, 255)])),
  ),
  'a list longer than the packet': afterGreeting((socket) =>
    socket.write(plainPacket(payload(message.kexInit, randomBytes(16), uint32(0xffff_ffff), Buffer.alloc(100)))),
  ),
  'unimplemented without end': afterGreeting((socket) =>
    flood(socket, plainPacket(payload(message.unimplemented, uint32(0)))),
  ),
  'ignore without end': afterGreeting((socket) =>
    flood(socket, plainPacket(payload(message.ignore, text('a'.repeat(longText))))),
  ),
  'debug without end': afterGreeting((socket) =>
    flood(socket, plainPacket(payload(message.debug, Buffer.from([1]), text(controls), text('')))),
  ),
  'a long farewell': afterGreeting((socket) =>
    socket.end(plainPacket(payload(message.disconnect, uint32(2), text(manyControls(longText)), text('')))),
  ),
  'keys before they are agreed': afterGreeting((socket) => socket.write(plainPacket(payload(message.newKeys)))),
  'packets with a wrong MAC': tamperingPeer,
};

/** A good server, but for a bit of each packet once the keys are in use. */
async function tamperingPeer(): Promise<Peer> {
  const good = await sshPeer();
  const peer = await tcpPeer((client) => {
    const server = connect({ host: good.address, port: good.port });
    const isSealed = newKeysFinder();
    server.on('data', (bytes) => {
      const flipped = isSealed(bytes)
        ? Buffer.from(bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte)))
        : bytes;
      client.write(flipped);
    });
    client.on('data', (bytes) => server.write(bytes));
    for (const side of [client, server]) {
      side.on('error', () => undefined);
      side.on('close', () => [client, server].forEach((other) => void other.destroy()));
    }
  });
  return Object.create(peer, {
    [Symbol.asyncDispose]: {
      value: async () => {
        await peer[Symbol.asyncDispose]();
        await good[Symbol.asyncDispose]();
      },
    },
  });
}

/** Told what a server sends, says whether its keys were in use before that. */
function newKeysFinder(): (bytes: Buffer) => boolean {
  let isSealed = false;
  let unread = Buffer.alloc(0);
  let isGreeted = false;
  return (bytes) => {
    if (isSealed) return true;
    unread = Buffer.concat([unread, bytes]);
    if (!isGreeted) {
      const end = unread.indexOf('\n');
      if (end === -1) return false;
      isGreeted = true;
      unread = unread.subarray(end + 1);
    }
    while (unread.length >= 6) {
      const size = 4 + unread.readUInt32BE(0);
      if (unread.length < size) return false;
      if (unread[5] === message.newKeys) isSealed = true;
      unread = unread.subarray(size);
      if (isSealed) return false;
    }
    return false;
  };
}
