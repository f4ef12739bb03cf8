import { BackOff } from '../lib/back-off.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { OutputSlice } from '../operations/output.ts';

/** Pauses between looks at a log that does not grow, in milliseconds. */
const lookPauses = { first: 100, longest: 1_000 };
/** Below the time after which an idle connection is closed. */
const heartbeatMs = 15_000;

export interface LogStreamOptions {
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Whether the reader may still see more; asked before each look. */
  readonly isStillAllowed: () => Promise<boolean>;
}

/**
 * A log as server-sent events, from an offset on until its machine has ended. Each event is `output`, with the offset
 * after it as its id, so that `Last-Event-ID` resumes there, and `{"offset", "text"}` as its data; the last is `end`, or
 * `removed` when the rest was removed before it was read.
 * Nothing is read ahead of the reader.
 */
export function logStream(
  read: (offset: number) => Promise<OutputSlice>,
  from: number,
  { clock, signal, isStillAllowed }: LogStreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  // Characters may be cut in two by the chunks they arrive in.
  const decoder = new TextDecoder();
  let offset = from;
  const pauses = new BackOff(lookPauses);
  let said = clock.monotonic();
  return new ReadableStream({
    async pull(controller) {
      while (!signal.aborted && (await isStillAllowed())) {
        const slice = await read(offset).catch(removal);
        if ('removed_at' in slice) {
          controller.enqueue(encoder.encode(`event: removed\ndata: ${JSON.stringify({ offset, ...slice })}\n\n`));
          return controller.close();
        }
        const { bytes, next, complete } = slice;
        if (bytes.length > 0) {
          const data = JSON.stringify({ offset, text: decoder.decode(bytes, { stream: true }) });
          offset = next;
          pauses.reset();
          said = clock.monotonic();
          return controller.enqueue(encoder.encode(`id: ${next}\nevent: output\ndata: ${data}\n\n`));
        }
        if (complete) {
          controller.enqueue(encoder.encode(`event: end\ndata: {"offset": ${offset}}\n\n`));
          return controller.close();
        }
        await pauses.sleep(clock, signal).catch(() => undefined);
        if (clock.monotonic() - said < heartbeatMs) continue;
        said = clock.monotonic();
        return controller.enqueue(encoder.encode(': nothing new\n\n'));
      }
      controller.close();
    },
  });
}

/** @throws what is not the removal of the log */
function removal(error: unknown): { removed_at: unknown } {
  if (error instanceof AppError && error.code === 'log_removed') return { removed_at: error.details?.removed_at };
  throw error;
}
