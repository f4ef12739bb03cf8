import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ClientTls } from '../../support/raw-http.ts';

/** What came back for some bytes. */
export interface Exchanged {
  /** The status of each answer, interim ones too. */
  readonly statuses: readonly number[];
  readonly text: string;
  /** Whether the server ended the connection by itself. */
  readonly isClosed: boolean;
}

export interface Exchange {
  readonly url: string;
  readonly tls?: ClientTls | undefined;
  /** Sent one after the other, each in a segment of its own. */
  readonly parts: readonly (string | Buffer)[];
  /** Ends the client's side once all is sent, and goes on listening. */
  readonly isHalfClosed?: boolean;
  /** How many answers are waited for before it is looked whether the connection is still good; until its end when left out. */
  readonly answers?: number;
  /** Whether it is looked whether the connection is still good; default true. */
  readonly isLookedAt?: boolean;
}

const patienceMs = 20_000;

/**
 * Sends bytes as they are. When the answers waited for have come a plain request follows: the connection is closed when
 * that gets no answer. @throws Error when neither the answers nor the end come within 20 seconds
 */
export async function exchange({ isLookedAt = true, ...asked }: Exchange): Promise<Exchanged> {
  const { url, tls, parts, isHalfClosed = false, answers } = asked;
  const { hostname, port } = new URL(url);
  const place = { host: hostname, port: Number(port), allowHalfOpen: true };
  const socket = tls === undefined ? connect(place) : connectTls({ ...place, ...tls, servername: 'localhost' });
  socket.setNoDelay(true);
  let text = '';
  let isEnded = false;
  const changed = new EventTarget();
  const tell = () => changed.dispatchEvent(new Event('change'));
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    tell();
  });
  for (const event of ['end', 'close', 'error']) {
    socket.on(event, () => {
      isEnded = true;
      tell();
    });
  }
  try {
    await opened(socket, tls !== undefined);
    for (const part of parts) await sent(socket, part);
    if (isHalfClosed) socket.end();
    const isAnswered = () => isEnded || (answers !== undefined && statusesOf(text).length >= answers);
    await settled(changed, isAnswered, () => text);
    if (isEnded || !isLookedAt) return { statuses: statusesOf(text), text, isClosed: isEnded };
    const before = text;
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await settled(
      changed,
      () => isEnded || statusesOf(text).length > statusesOf(before).length,
      () => text,
    );
    return { statuses: statusesOf(before), text: before, isClosed: isEnded };
  } finally {
    socket.destroy();
  }
}

function opened(socket: Socket, isTls: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(isTls ? 'secureConnect' : 'connect', () => resolve());
    socket.once('error', reject);
  });
}

/** Whoever is refused early may see the connection end while it sends. */
function sent(socket: Socket, part: string | Buffer): Promise<void> {
  if (socket.destroyed || !socket.writable) return Promise.resolve();
  return new Promise((resolve) => {
    socket.write(Buffer.from(part.toString('latin1'), 'latin1'), () => setImmediate(resolve));
  });
}

function settled(changed: EventTarget, isSo: () => boolean, textOf: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => end(() => reject(new Error(`no answer in time after ${JSON.stringify(textOf())}`))),
      patienceMs,
    );
    const look = () => isSo() && end(resolve);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      changed.removeEventListener('change', look);
      settle();
    };
    changed.addEventListener('change', look);
    look();
  });
}

function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
