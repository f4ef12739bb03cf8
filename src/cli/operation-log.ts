import type { Context } from './context.ts';
import { Patience } from './patience.ts';

/** The present log of one host, in parts. */
export async function* partsOfLog({ connect }: Context, id: string, host: string): AsyncGenerator<Uint8Array> {
  const client = await connect();
  for (let offset = 0; ; ) {
    const { bytes, nextOffset, complete } = await client.operations.log(id, host, offset);
    yield bytes;
    if (complete || bytes.length === 0) return;
    offset = nextOffset;
  }
}

/** The same until the log is complete. A restart of the server does not end it. */
export async function* followedLog(context: Context, id: string, host: string): AsyncGenerator<Uint8Array> {
  const { terminal, clock } = context;
  const client = await context.connect();
  const patience = new Patience(clock);
  for (let offset = 0; ; ) {
    const attempt = await patience.attempt(() => client.operations.log(id, host, offset));
    if (attempt.kind === 'lost') {
      if (attempt.isFirst) await terminal.stderr.write(`${attempt.note}\n`);
      await clock.sleep(pollInterval);
      continue;
    }
    const { bytes, nextOffset, complete } = attempt.value;
    yield bytes;
    if (complete) return;
    if (bytes.length === 0) await clock.sleep(pollInterval);
    offset = nextOffset;
  }
}

const pollInterval = 1000;
