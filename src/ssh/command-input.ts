import type { Writable } from 'node:stream';
import type { ExecOptions } from './session.ts';

/**
 * Gives a command its standard input and closes it. Of a stream no more is taken than the machine takes; when `over`
 * fires the rest is left where it is, and the input open.
 *
 * @throws what the stream throws; the input is then not closed, so that it cannot be taken for whole
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
