import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, Server as TlsServer } from 'node:tls';
import type { Transport } from '../../auth/transport.ts';
import type { RequestHandler } from '../app.ts';
import { stopBunServer } from '../bun-server.ts';
import { cannotListen, type Listener, type ListenOptions, type ServerTls, urlOf } from '../listening.ts';
import { CertificateRefusals } from './certificate-refusals.ts';
import { Handshakes } from './handshakes.ts';
import { serveRelays } from './inner-server.ts';
import { Places } from './places.ts';
import { relay } from './relay.ts';

/** Milliseconds that peers get to take their answers after the server has ended. */
const lastMoments = 2_000;

/**
 * Listens for HTTP, or HTTPS when given a certificate. The front accepts connections, counts them and sees their client
 * certificates, which the server that reads HTTP cannot do, and relays them to that server.
 *
 * @throws AppError `invalid_configuration` when it cannot listen there
 */
export async function listenInFront(handle: RequestHandler, options: ListenOptions): Promise<Listener> {
  const { address, tls, logger } = options;
  const stopping = new AbortController();
  const places = new Places(options);
  const open = new Set<Socket>();
  const carryOn = (socket: Socket, sentBy: string, transport: Transport) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    relay(socket, {
      port: inner.port,
      onOpen: (port) => inner.announce(port, { sentBy, transport }),
      onEnd: inner.forget,
    });
  };
  const front = tls === undefined ? plainFront(places, carryOn) : tlsFront(tls, places, carryOn, options);
  // Nothing that can fail may stand between this line and the `try`.
  const inner = serveRelays(handle, stopping.signal);
  try {
    front.listen({ host: address, port: options.port });
    await once(front, 'listening');
  } catch (cause) {
    await inner.server.stop(true);
    throw cannotListen(options, cause);
  }
  front.on('error', (error) => logger.error({ reason: error.message }, 'a connection could not be accepted'));
  return {
    url: urlOf(options, portOf(front)),
    replaceTls: front instanceof TlsServer ? (next) => front.setSecureContext(secureContext(next)) : undefined,
    load: () => ({
      connections: places.taken,
      requests: inner.server.pendingRequests,
      webSockets: inner.server.pendingWebSockets,
    }),
    async stop() {
      stopping.abort();
      front.close();
      await stopBunServer(inner.server);
      await endOf(open);
    },
  };
}

type CarryOn = (socket: Socket, sentBy: string, transport: Transport) => void;

function plainFront(places: Places, carryOn: CarryOn): Server {
  return createPlainServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const sentBy = admit(socket, places);
    if (sentBy !== undefined) carryOn(socket, sentBy, { kind: 'plain' });
  });
}

function tlsFront(
  tls: ServerTls,
  places: Places,
  carryOn: CarryOn,
  { handshakeTimeout = 10_000, ...outside }: ListenOptions,
): Server {
  const handshakes = new Handshakes();
  const refusals = new CertificateRefusals(outside);
  const isAsked = tls.clientAuthorities !== undefined;
  const front = createTlsServer({ ...secureContext(tls), allowHalfOpen: true, noDelay: true, handshakeTimeout });
  const addresses = new WeakMap<Socket, string>();
  front.on('connection', (socket: Socket) => {
    const sentBy = admit(socket, places);
    if (sentBy === undefined) return;
    addresses.set(socket, sentBy);
    handshakes.begin(sentBy, socket);
  });
  front.on('secureConnection', (socket) => {
    const sentBy = addresses.get(socket);
    const certificate = isAsked ? verifiedCertificate(socket) : undefined;
    if (sentBy === undefined || (isAsked && certificate === undefined)) return void socket.destroy();
    handshakes.end(sentBy, socket);
    carryOn(socket, sentBy, { kind: 'tls', certificate });
  });
  // A handshake that failed, or took too long, is of no further use.
  front.on('tlsClientError', (error, socket) => {
    if (isAsked) refusals.add(error, addresses.get(socket) ?? socket.remoteAddress ?? '', socket);
    socket.destroy();
  });
  return front;
}

/** Gives a connection its place and returns its peer address; undefined when the connection was closed. */
function admit(socket: Socket, places: Places): string | undefined {
  const { remoteAddress } = socket;
  // Errors are ignored here; the close event follows each of them.
  socket.on('error', () => socket.destroy());
  if (remoteAddress === undefined || !places.take(remoteAddress, socket)) {
    socket.destroy();
    return undefined;
  }
  socket.once('close', () => places.leave(remoteAddress, socket));
  return remoteAddress;
}

/** TLS 1.2 or later (RFC 9325, 3.1.1). */
function secureContext({ pem, clientAuthorities }: ServerTls) {
  const shown = { cert: pem, key: pem, minVersion: 'TLSv1.2' as const };
  if (clientAuthorities === undefined) return shown;
  return { ...shown, ca: clientAuthorities, requestCert: true, rejectUnauthorized: true };
}

function verifiedCertificate(socket: TLSSocket): X509Certificate | undefined {
  return socket.authorized ? socket.getPeerX509Certificate() : undefined;
}

/** Waits for the last answers to be sent. */
async function endOf(open: ReadonlySet<Socket>): Promise<void> {
  const timer = setTimeout(() => open.forEach((socket) => void socket.destroy()), lastMoments);
  await Promise.all([...open].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  clearTimeout(timer);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
