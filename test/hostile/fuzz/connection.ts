import { connect, type Socket } from 'node:net';
import { AnswerReader, type RawAnswer } from './answer-reader.ts';

/** What was sent came to no answer, and why. */
export interface NoAnswer {
  readonly status: 'none';
  readonly reason: string;
}

/** Longer than anything may take, with the machine busy. */
const patienceMs = 60_000;

/**
 * One connection to the server at a time, kept for as long as the server keeps it: `fetch` would tidy paths and headers.
 */
export class FuzzConnection implements Disposable {
  readonly #place: { readonly host: string; readonly port: number };
  #socket: Socket | undefined;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#place = { host: hostname, port: Number(port) };
  }

  /** Sends a request and waits for its answer, on a new connection when the kept one had just been closed. */
  async send(method: string, bytes: Buffer): Promise<RawAnswer | NoAnswer> {
    const kept = this.#socket;
    const answer = await this.#exchange(kept ?? this.#connect(), method, bytes);
    const isStale = kept !== undefined && answer.status === 'none' && answer.reason === closedAtOnce;
    return isStale ? this.#exchange(this.#connect(), method, bytes) : answer;
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    // What is wrong with it shows at the next exchange.
    return connect(this.#place)
      .setNoDelay(true)
      .on('error', () => undefined);
  }

  #exchange(socket: Socket, method: string, bytes: Buffer): Promise<RawAnswer | NoAnswer> {
    const reader = new AnswerReader(method);
    return new Promise((resolve) => {
      const end = (answer: RawAnswer | NoAnswer) => {
        clearTimeout(timer);
        for (const event of ['data', 'end', 'close']) socket.removeAllListeners(event);
        const isKept = answer.status !== 'none' && answer.isKept;
        if (!isKept) socket.destroy();
        this.#socket = isKept ? socket : undefined;
        resolve(answer);
      };
      const none = (reason: string) => end({ status: 'none', reason });
      const timer = setTimeout(() => none(`no answer within ${patienceMs} ms`), patienceMs);
      const atEnd = () => end(reader.ended() ?? { status: 'none', reason: reader.hasBegun ? 'cut off' : closedAtOnce });
      socket.on('data', (chunk) => {
        try {
          const answer = reader.read(chunk);
          if (answer !== undefined) end(answer);
        } catch (error) {
          none(String(error));
        }
      });
      socket.on('end', atEnd);
      socket.on('close', atEnd);
      if (socket.destroyed) return atEnd();
      socket.write(bytes);
    });
  }
}

const closedAtOnce = 'closed without a word';
