import { createParser } from 'eventsource-parser';
import { Deadline } from '../lib/deadline.ts';

/** A message of an event stream, with the position after it. */
export interface StreamMessage {
  /** The name of the event; undefined for a message with a position only, such as a heartbeat. */
  name: string | undefined;
  data: string;
  position: number;
}

/** Milliseconds without a byte; a heartbeat comes every 15 s. */
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
  // The BOM is left to the parser, which removes one: if both removed one, two would be lost.
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
    // Also when the caller stops early: the server must notice.
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

/** Takes the text of a stream as it arrives, and returns the messages that are complete. */
function messageReader(position: number): (text: string) => readonly StreamMessage[] {
  let last = position;
  let messages: StreamMessage[] = [];
  const parser = createParser({
    onId: (id) => {
      if (/^\d{1,16}$/.test(id)) last = Number(id);
      messages.push({ name: undefined, data: '', position: last });
    },
    onEvent: ({ id, event, data }) => {
      // The parser has reported the id as a position just before its event: a caller that resumes there must have had
      // the event.
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
