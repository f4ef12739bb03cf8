import type { Writable } from 'node:stream';
import type { ExecOptions } from './session.ts';

/**
 * Writes a command's standard input and closes it. It reads a stream only as fast as the machine takes it; when `over`
 * fires, it leaves the rest unread and the input open.
 *
 * @throws what the stream throws; the input then stays open, so that it does not look complete
 */
export async function writeInput(channel: Writable, input: ExecOptions['stdin'], over: AbortSignal): Promise<void> {
  if (input === undefined || typeof input === 'string' || input instanceof Uint8Array) {
    channel.end(input);
    return;
  }
  for await (const chunk of input) {
    if (over.aborted) return;
    if (!channel.write(chunk)) await drained(channel, over);
    if (over.aborted) return;
  }
  channel.end();
}

function drained(channel: Writable, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      channel.off('drain', done);
      over.removeEventListener('abort', done);
      resolve();
    };
    channel.once('drain', done);
    over.addEventListener('abort', done, { once: true });
    if (over.aborted) done();
  });
}
