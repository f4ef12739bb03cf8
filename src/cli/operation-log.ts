import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import { Patience } from './patience.ts';

/** Copies the log of one host, as far as there is one, to stdout. */
export async function printLog({ terminal, connect }: Context, id: string, host: string): Promise<number> {
  const client = await connect();
  for (let offset = 0; ; ) {
    const { bytes, nextOffset, complete } = await client.operations.log(id, host, offset);
    if (bytes.length === 0 || !(await terminal.stdout.write(bytes)) || complete) return exitCode.done;
    offset = nextOffset;
  }
}

/** The same until nothing can follow or nobody reads any more. A restart of the server does not end it. */
export async function followLog(context: Context, id: string, host: string): Promise<number> {
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
    if (bytes.length > 0 && !(await terminal.stdout.write(bytes))) return exitCode.done;
    if (complete) return exitCode.done;
    if (bytes.length === 0) await clock.sleep(pollInterval);
    offset = nextOffset;
  }
}

const pollInterval = 1000;
