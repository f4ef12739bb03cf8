import { createParser } from 'eventsource-parser';
import { Deadline } from '../lib/deadline.ts';

/** What a server says on a stream of events, with where to go on from after it. */
export interface StreamMessage {
  /** The name of the event; undefined for a mere position, which a heartbeat has too. */
  name: string | undefined;
  data: string;
  position: number;
}

/** Milliseconds without a byte, where a heartbeat comes every 15 s. */
const longestSilence = 60_000;

/**
 * The messages of server-sent events (WHATWG HTML, section 9.2) to the end of the connection.
 *
 * @throws Error when the connection breaks or falls silent, or the reason of the signal
 */
export async function* messagesOf(
  body: ReadableStream<Uint8Array>,
  { position, signal }: { position: number; signal?: AbortSignal | undefined },
): AsyncGenerator<StreamMessage> {
  // A byte order mark is left to the parser, which takes one: both would take two.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const reader: Reader = body.getReader();
  const messagesIn = messageReader(position);
  try {
    for (;;) {
      const bytes = await nextChunk(reader, signal);
      if (bytes === undefined) return;
      yield* messagesIn(decoder.decode(bytes, { stream: true }));
    }
  } finally {
    // Also when nobody wants the rest: the server is to know.
    await reader.cancel().catch(() => {});
  }
}

interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

async function nextChunk(reader: Reader, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
  using limit = new Deadline(longestSilence, () => new Error('the server fell silent'), signal);
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(limit.signal.reason);
  limit.signal.addEventListener('abort', onAbort, { once: true });
  if (limit.signal.aborted) onAbort();
  const { done, value } = await Promise.race([reader.read(), aborted.promise]);
  return done ? undefined : value;
}

/** Takes the text of a stream as it arrives, and returns the messages that end in it. */
function messageReader(position: number): (text: string) => readonly StreamMessage[] {
  let last = position;
  let messages: StreamMessage[] = [];
  const parser = createParser({
    onId: (id) => {
      if (/^\d{1,16}$/.test(id)) last = Number(id);
      messages.push({ name: undefined, data: '', position: last });
    },
    onEvent: ({ id, event, data }) => {
      // The id of an event was told of right before it, as a position: who goes on from there has to have the event.
      if (id !== undefined) messages.pop();
      messages.push({ name: event, data, position: last });
    },
  });
  return (text) => {
    messages = [];
    parser.feed(text);
    return messages;
  };
}
