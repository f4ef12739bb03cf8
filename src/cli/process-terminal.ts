import { homedir } from 'node:os';
import { systemErrorCode } from '../lib/errors.ts';
import { Interrupted } from './interrupted.ts';
import { ask, askSecret } from './prompt.ts';
import { sinkInto } from './sink.ts';
import type { Sink, Terminal } from './terminal.ts';

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    stdin: { isTerminal: process.stdin.isTTY === true, read: readAll, ask, askSecret },
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    environment: process.env,
    homeDirectory: homeDirectory(),
    interruption,
  };
}

/** The user in a container may have no home and no passwd entry; then there is no configuration file. */
function homeDirectory(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

function sink(stream: NodeJS.WriteStream): Sink {
  // Without a listener a closed pipe ends the process with a stack trace; each write handles its own failure.
  stream.on('error', () => {});
  return sinkInto({
    isTerminal: stream.isTTY === true,
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
    put: (data) =>
      new Promise((resolve, reject) => {
        stream.write(data, (error) => {
          if (!error) resolve(true);
          else if (systemErrorCode(error) === 'EPIPE') resolve(false);
          else reject(error);
        });
      }),
  });
}

async function readAll(): Promise<Uint8Array> {
  return new Uint8Array(await Bun.stdin.arrayBuffer());
}

function interruption(): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const onInterrupt = () => controller.abort(new Interrupted());
  process.on('SIGINT', onInterrupt);
  return { signal: controller.signal, [Symbol.dispose]: () => process.off('SIGINT', onInterrupt) };
}
