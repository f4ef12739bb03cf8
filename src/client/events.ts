import type { StoredEvent } from '../store/contract.ts';
import { messagesOf, type StreamMessage } from './event-source.ts';
import { path } from './path.ts';
import { UnexpectedAnswer } from './shape.ts';
import type { Transport } from './transport.ts';

export interface EventSelection {
  /** `type.action.key` each, with `*` for any; without one, everything. */
  filter?: readonly string[] | undefined;
  /** Only what comes after this sequence number. */
  since?: number | undefined;
}

export interface NewUserEvent {
  /** `user`, or a word that begins with `user_`. */
  type: string;
  action?: string | undefined;
  key?: string | undefined;
  data?: Record<string, unknown> | undefined;
}

/** What comes over a stream of events. After each, `position` is where to go on. */
export type Followed =
  | { kind: 'event'; event: StoredEvent; position: number }
  /** The server no longer has these: the first and last sequence number. */
  | { kind: 'gap'; first: number; last: number; position: number }
  | { kind: 'position'; position: number }
  | { kind: 'cut_off'; reason: string; position: number };

/** The routes of events. */
export function events(transport: Transport) {
  return {
    /** Past `since`; without it the newest. Oldest first. */
    list: ({ filter, since, limit }: EventSelection & { limit?: number | undefined } = {}, signal?: AbortSignal) => {
      const query = { follow: 'false', filter: textOf(filter), since, limit };
      return transport.list<StoredEvent>({ method: 'GET', path: path`/events`, query, signal });
    },

    /** Not sent again when its fate is unknown: it would be there twice. */
    post: (body: NewUserEvent, signal?: AbortSignal) =>
      transport.object<StoredEvent>({ method: 'POST', path: path`/events`, body, signal }),

    /** Begins to follow. What it resolves with ends with the connection, and throws when that breaks. */
    follow: async ({ filter, since }: EventSelection = {}, signal?: AbortSignal): Promise<AsyncGenerator<Followed>> => {
      const query = { filter: textOf(filter), since };
      const body = await transport.send({ method: 'GET', path: path`/events`, query, signal }, bodyOf);
      return followed(messagesOf(body, { position: since ?? 0, signal }));
    },
  };
}

function textOf(filter: readonly string[] = []): string | undefined {
  return filter.length === 0 ? undefined : filter.join(',');
}

async function bodyOf({ body, headers }: Response): Promise<ReadableStream<Uint8Array>> {
  if (body !== null && headers.get('content-type')?.startsWith('text/event-stream')) return body;
  throw new UnexpectedAnswer();
}

async function* followed(messages: AsyncGenerator<StreamMessage>): AsyncGenerator<Followed> {
  for await (const { name, data, position } of messages) {
    if (name === undefined) yield { kind: 'position', position };
    else if (name === 'gap') yield { kind: 'gap', ...read<{ first: number; last: number }>(data), position };
    else if (name === 'cut_off') yield { kind: 'cut_off', ...read<{ reason: string }>(data), position };
    else yield { kind: 'event', event: read<StoredEvent>(data), position };
  }
}

function read<T extends object>(data: string): T {
  const value: unknown = JSON.parse(data);
  if (isObject<T>(value)) return value;
  throw new UnexpectedAnswer();
}

function isObject<T extends object>(value: unknown): value is T {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
