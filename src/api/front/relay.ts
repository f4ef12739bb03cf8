import { connect, type Socket } from 'node:net';

/** Milliseconds that a peer gets to take some more of the rest of its answer. */
const patience = 30_000;

export interface RelayOptions {
  /** Of the server behind, on loopback. */
  readonly port: number;
  /** Called with the port that the connection to the server has, before anything is sent over it. */
  readonly onOpen: (localPort: number) => void;
  /** Called with it when nothing more comes over it. */
  readonly onEnd: (localPort: number) => void;
}

/** Carries a connection on to the server behind, in both directions, until both are at their end. */
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
  // The port may be somebody else's as soon as it is not ours any more.
  outer.once('close', () => {
    end();
    inner.destroy();
  });
}

/** Lets the peer have what is on its way to it, for as long as it takes any of it. */
function endWithin(outer: Socket): void {
  if (outer.destroyed) return;
  outer.end();
  // Nobody wants what else it sends, but its end has to be seen.
  outer.resume();
  let left = outer.writableLength;
  const timer = setInterval(() => {
    if (outer.writableLength === 0 || outer.writableLength >= left) outer.destroy();
    left = outer.writableLength;
  }, patience);
  outer.once('close', () => clearInterval(timer));
}
