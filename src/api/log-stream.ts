import { BackOff } from '../lib/back-off.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { OutputSlice } from '../operations/output.ts';

/** Pauses between reads of a log that does not grow, in milliseconds. */
const lookPauses = { first: 100, longest: 1_000 };
/** Shorter than the time after which an idle connection is closed. */
const heartbeatMs = 15_000;

export interface LogStreamOptions {
  readonly clock: Clock;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Whether the caller may still read the log; asked before each read. */
  readonly isStillAllowed: () => Promise<boolean>;
}

/**
 * A log as server-sent events, from an offset on until its machine has ended. Each event is `output`, with the next
 * offset as its id, so that `Last-Event-ID` resumes there, and `{"offset", "text"}` as its data. The last event is
 * `end`, or `removed` when the rest was removed before it was read. The log is read only as fast as the reader takes
 * it.
 */
export function logStream(
  read: (offset: number) => Promise<OutputSlice>,
  from: number,
  { clock, signal, isStillAllowed }: LogStreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  // A chunk may end in the middle of a character.
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

/** @throws every error that is not the removal of the log */
function removal(error: unknown): { removed_at: unknown } {
  if (error instanceof AppError && error.code === 'log_removed') return { removed_at: error.details?.removed_at };
  throw error;
}
