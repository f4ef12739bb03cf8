import { Deadline } from '../lib/deadline.ts';

/** What a server says on a stream of events, with where to go on from after it. */
export interface StreamMessage {
  /** The name of the event; undefined for a mere position or a heartbeat. */
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
  const decoder = new TextDecoder();
  const reader: Reader = body.getReader();
  let rest = '';
  let last = position;
  try {
    for (;;) {
      const bytes = await nextChunk(reader, signal);
      if (bytes === undefined) return;
      const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const message = messageOf(block, last);
        last = message.position;
        yield message;
      }
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

function messageOf(block: string, position: number): StreamMessage {
  const message: StreamMessage = { name: undefined, data: '', position };
  for (const line of block.split('\n')) {
    // A line may hold U+2028, which is the end of none here.
    const [, field = '', value = ''] = /^(event|data|id): ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') message.name = value;
    if (field === 'data') message.data += value;
    if (field === 'id' && /^\d{1,16}$/.test(value)) message.position = Number(value);
  }
  return message;
}
