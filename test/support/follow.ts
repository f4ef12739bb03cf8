import { messagesOf, type StreamMessage } from '../../src/client/event-source.ts';
import type { StoredEvent } from '../../src/store/contract.ts';
import { authorization, type TestServer } from './server.ts';
import { until } from './until.ts';

export interface FollowedStream extends AsyncDisposable {
  readonly headers: Headers;
  /** Everything but positions and heartbeats. */
  readonly messages: StreamMessage[];
  /** The sequence numbers of the events. */
  readonly sequences: number[];
  /** Where to go on from. */
  readonly position: number;
  readonly heartbeats: number;
  /** The connection was closed by the server. */
  readonly ended: boolean;
  /** Resolves when there are so many events. */
  count(events: number): Promise<void>;
}

/** Follows the events of a server, as `fetch` sees them. Resolves when the server has said where it begins. */
export async function follow(
  server: TestServer,
  query = '',
  headers: Record<string, string> = {},
): Promise<FollowedStream> {
  const controller = new AbortController();
  const response = await fetch(`${server.url}/api/v0/events${query}`, {
    headers: { authorization, connection: 'close', ...headers },
    signal: controller.signal,
  });
  if (response.status !== 200 || response.body === null) throw new Error(await response.text());
  const stream = {
    headers: response.headers,
    messages: [] as StreamMessage[],
    sequences: [] as number[],
    position: -1,
    heartbeats: -1,
    ended: false,
    count: (events: number) => until(() => stream.sequences.length >= events),
    async [Symbol.asyncDispose]() {
      controller.abort();
      await reading;
    },
  };
  const reading = read(messagesOf(response.body, { position: -1, signal: controller.signal }), stream);
  await until(() => stream.position >= 0);
  return stream;
}

async function read(
  messages: AsyncGenerator<StreamMessage>,
  stream: { -readonly [Member in keyof FollowedStream]: FollowedStream[Member] },
): Promise<void> {
  try {
    for await (const message of messages) {
      stream.position = message.position;
      if (message.name === undefined) stream.heartbeats += 1;
      else stream.messages.push(message);
      if (message.name?.includes('.')) stream.sequences.push(message.position);
    }
  } catch {
    // Given up by the test, or broken by the server: `ended` says so either way.
  }
  stream.ended = true;
}

/** Adds an event of a user and returns it. */
export async function post(server: TestServer, body: object = { type: 'user' }): Promise<StoredEvent> {
  const answer = await server.request('POST', '/api/v0/events', body);
  if (answer.status !== 201) throw new Error(answer.text);
  return JSON.parse(answer.text);
}

/** Adds many events, one after another, and returns their sequence numbers. */
export async function postMany(server: TestServer, count: number, body: object = { type: 'user' }): Promise<number[]> {
  const sequences: number[] = [];
  for (let index = 0; index < count; index += 1) sequences.push((await post(server, body)).sequence);
  return sequences;
}
