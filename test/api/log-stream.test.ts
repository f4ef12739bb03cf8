import { expect, test } from 'vitest';
import { logStream } from '../../src/api/log-stream.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { AppError } from '../../src/lib/errors.ts';

/** A log that grows by what `print` is called with, as the store gives it. */
function growingLog() {
  let text = Buffer.alloc(0);
  let complete = false;
  return {
    print: (more: string | Uint8Array) => {
      text = Buffer.concat([text, Buffer.from(more)]);
    },
    end: () => {
      complete = true;
    },
    read: async (offset: number) => {
      const bytes = text.subarray(offset);
      return { bytes, next: offset + bytes.length, complete };
    },
  };
}

const isStillAllowed = async () => true;

async function* eventsOf(stream: ReadableStream<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 2);
    }
  }
}

test('a log is followed as it grows, to its end, with the offset to resume from', async () => {
  const log = growingLog();
  log.print('one\n');
  const seen: string[] = [];
  const options = { clock: systemClock, signal: new AbortController().signal, isStillAllowed };
  for await (const event of eventsOf(logStream(log.read, 0, options))) {
    seen.push(event);
    if (seen.length === 1) log.print('two\n');
    if (seen.length === 2) log.end();
  }
  expect(seen).toEqual([
    'id: 4\nevent: output\ndata: {"offset":0,"text":"one\\n"}',
    'id: 8\nevent: output\ndata: {"offset":4,"text":"two\\n"}',
    'event: end\ndata: {"offset": 8}',
  ]);
});

test('a log that is removed while it is followed says so, and that is its end', async () => {
  const log = growingLog();
  log.print('one\n');
  const read = async (offset: number) => {
    if (offset === 0) return log.read(0);
    throw new AppError('log_removed', 'gone', { details: { removed_at: '2026-01-02T03:04:05.678000' } });
  };
  const options = { clock: systemClock, signal: new AbortController().signal, isStillAllowed };
  expect(await Array.fromAsync(eventsOf(logStream(read, 0, options)))).toEqual([
    'id: 4\nevent: output\ndata: {"offset":0,"text":"one\\n"}',
    'event: removed\ndata: {"offset":4,"removed_at":"2026-01-02T03:04:05.678000"}',
  ]);
});

test('a character that arrives in two pieces is whole', async () => {
  const log = growingLog();
  const euro = new TextEncoder().encode('€');
  log.print(euro.subarray(0, 1));
  const texts: string[] = [];
  const options = { clock: systemClock, signal: new AbortController().signal, isStillAllowed };
  for await (const event of eventsOf(logStream(log.read, 0, options))) {
    const text = /"text":"(.*)"/.exec(event)?.[1];
    if (text !== undefined) texts.push(text);
    if (texts.length === 1) log.print(euro.subarray(1));
    if (texts.length === 2) log.end();
  }
  expect(texts.join('')).toBe('€');
});

test('a reader that goes away ends the following', async () => {
  const log = growingLog();
  log.print('one\n');
  const leaving = new AbortController();
  const seen: string[] = [];
  for await (const event of eventsOf(
    logStream(log.read, 0, { clock: systemClock, signal: leaving.signal, isStillAllowed }),
  )) {
    seen.push(event);
    leaving.abort();
  }
  expect(seen.length).toBe(1);
});
