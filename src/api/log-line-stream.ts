import type { Clock } from '../lib/clock.ts';
import type { LogFilter, LogLine, LogReader } from '../lib/log-reader.ts';
import type { Connection } from './connection.ts';

/** Shorter than the time after which an idle connection is closed. */
const heartbeatMs = 15_000;
const pageLines = 200;

export interface LogSelection {
  readonly filter: LogFilter;
  /** The number of the line after which it begins; without it with the newest `limit` lines. */
  readonly after: number | undefined;
  readonly limit: number;
}

export interface LogStreamSurroundings {
  readonly clock: Clock;
  readonly connection: Connection;
  /** Whether the caller may still read the log; asked before each page. */
  readonly isStillAllowed: () => Promise<boolean>;
}

/**
 * Lines of the log as server-sent events, until the reader goes or the server stops. A page is read when the reader has
 * taken the one before it, so a slow reader costs one page and misses the lines that are no longer kept.
 */
export function logLineStream(
  log: LogReader,
  { filter, after, limit }: LogSelection,
  { clock, connection, isStillAllowed }: LogStreamSurroundings,
): Response {
  const { stopping } = connection;
  const gone = new AbortController();
  const signal = AbortSignal.any([stopping, gone.signal]);
  let position = after ?? log.newest;
  let first = after === undefined ? log.newestLines(filter, limit) : [];
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(`retry: 1000\nid: ${position}\n\n`)),
      async pull(controller) {
        if (!(await isStillAllowed()) || signal.aborted) return controller.close();
        if (first.length > 0) {
          const text = first.map(block).join('');
          first = [];
          return controller.enqueue(encoder.encode(text));
        }
        const { lines, reached } = await nextPage();
        position = reached;
        if (gone.signal.aborted) return;
        if (stopping.aborted) return controller.close();
        const text = lines.length === 0 ? `: heartbeat\nid: ${position}\n\n` : lines.map(block).join('');
        controller.enqueue(encoder.encode(text));
      },
      cancel: () => gone.abort(),
    },
    { highWaterMark: 0 },
  );
  connection.idleTimeout(0);
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } });

  /** Waits for a matching line, at most until the next heartbeat. */
  async function nextPage(): Promise<{ lines: LogLine[]; reached: number }> {
    const until = clock.monotonic() + heartbeatMs;
    for (;;) {
      const page = log.linesAfter(position, filter, pageLines);
      if (page.lines.length > 0 || signal.aborted || clock.monotonic() >= until) return page;
      position = page.reached;
      await nextLine(until - clock.monotonic());
    }
  }

  async function nextLine(ms: number): Promise<void> {
    const woken = new AbortController();
    using _listening = log.onLine(() => woken.abort());
    await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
  }
}

const encoder = new TextEncoder();

function block(line: LogLine): string {
  return `id: ${line.line}\nevent: line\ndata: ${JSON.stringify(line)}\n\n`;
}
