import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commctlProgram } from '../../../src/cli/commctl.ts';
import { run } from '../../../src/cli/program.ts';
import { sinkInto } from '../../../src/cli/sink.ts';
import type { Size } from '../../../src/cli/terminal.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

export interface Looked {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `commctl` in this process, with a terminal for its output: what is returned is what that terminal was sent. */
export async function lookedAt(
  args: readonly string[],
  endpoint: string,
  size: Size = { columns: 80, rows: 24 },
): Promise<Looked> {
  using home = temporaryDirectory();
  writeFileSync(join(home.path, '.commissaire.json'), JSON.stringify({ endpoint, username: 'a', password: 'b' }), {
    mode: 0o600,
  });
  const screen = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof screen) => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return sinkInto({
      isTerminal: true,
      size: () => size,
      async put(data) {
        screen[name] += typeof data === 'string' ? data : decoder.decode(data, { stream: true });
        return true;
      },
    });
  };
  const nobody = () => Promise.reject(new Error('nobody is asked here'));
  const exitCode = await run(commctlProgram('commctl'), args, {
    stdin: { isTerminal: false, read: async () => new TextEncoder().encode('value'), ask: nobody, askSecret: nobody },
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    environment: { PATH: process.env.PATH, NO_COLOR: '1' },
    homeDirectory: home.path,
    interruption: () => ({ signal: new AbortController().signal, [Symbol.dispose]: () => {} }),
  });
  return { exitCode, ...screen };
}
