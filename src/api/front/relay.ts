import { connect, type Socket } from 'node:net';

/** Milliseconds within which a peer must take more of the rest of its answer. */
const patience = 30_000;

export interface RelayOptions {
  /** Port of the inner server, on loopback. */
  readonly port: number;
  /** Called with the local port of the connection to the server, before anything is sent over it. */
  readonly onOpen: (localPort: number) => void;
  /** Called with that port when nothing more comes over the connection. */
  readonly onEnd: (localPort: number) => void;
}

/** Carries a connection to the inner server, in both directions, until both have ended. */
export function relay(outer: Socket, { port, onOpen, onEnd }: RelayOptions): void {
  const inner = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  inner.setNoDelay(true);
  let localPort: number | undefined;
  const end = () => {
    if (localPort !== undefined) onEnd(localPort);
    localPort = undefined;
  };
  inner.once('connect', () => {
    if (outer.destroyed || inner.localPort === undefined) return void inner.destroy();
    localPort = inner.localPort;
    onOpen(localPort);
    outer.pipe(inner);
    inner.pipe(outer);
  });
  inner.once('end', end);
  inner.once('error', () => outer.destroy());
  inner.once('close', () => {
    end();
    endWithin(outer);
  });
  // Another process may use the port as soon as the relay has closed it.
  outer.once('close', () => {
    end();
    inner.destroy();
  });
}

/** Lets the peer read the rest of its answer, as long as it takes any of it. */
function endWithin(outer: Socket): void {
  if (outer.destroyed) return;
  outer.end();
  // Further data of the peer is dropped, but its end must be seen.
  outer.resume();
  let left = outer.writableLength;
  const timer = setInterval(() => {
    if (outer.writableLength === 0 || outer.writableLength >= left) outer.destroy();
    left = outer.writableLength;
  }, patience);
  outer.once('close', () => clearInterval(timer));
}
