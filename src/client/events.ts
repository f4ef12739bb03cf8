import type { StoredEvent } from '../store/contract.ts';
import { messagesOf, type StreamMessage } from './event-source.ts';
import { path } from './path.ts';
import { UnexpectedAnswer } from './shape.ts';
import type { Transport } from './transport.ts';

export interface EventSelection {
  /** Each is `type.action.key`, with `*` for any; without a filter, all events. */
  filter?: readonly string[] | undefined;
  /** Only events after this sequence number. */
  since?: number | undefined;
}

export interface NewUserEvent {
  /** `user`, or a word that begins with `user_`. */
  type: string;
  action?: string | undefined;
  key?: string | undefined;
  data?: Record<string, unknown> | undefined;
}

/** An item of an event stream. `position` says where to resume after it. */
export type Followed =
  | { kind: 'event'; event: StoredEvent; position: number }
  /** Events that the server no longer has: the first and last sequence number. */
  | { kind: 'gap'; first: number; last: number; position: number }
  | { kind: 'position'; position: number }
  | { kind: 'cut_off'; reason: string; position: number };

/** The routes of events. */
export function events(transport: Transport) {
  return {
    /** Events after `since`; without it the newest. Oldest first. */
    list: ({ filter, since, limit }: EventSelection & { limit?: number | undefined } = {}, signal?: AbortSignal) => {
      const query = { follow: 'false', filter: textOf(filter), since, limit };
      return transport.list<StoredEvent>({ method: 'GET', path: path`/events`, query, signal });
    },

    /** Not sent again when its outcome is unknown: the event could then exist twice. */
    post: (body: NewUserEvent, signal?: AbortSignal) =>
      transport.object<StoredEvent>({ method: 'POST', path: path`/events`, body, signal }),

    /** Starts to follow. The generator ends with the connection, and throws when that breaks. */
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

/** @throws UnexpectedAnswer for anything but an event stream */
export async function bodyOf({ body, headers }: Response): Promise<ReadableStream<Uint8Array>> {
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
