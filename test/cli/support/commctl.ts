import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../support/temporary.ts';

const main = join(import.meta.dirname, '../../../src/main.ts');

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface Invocation {
  /** Endpoints of the configuration file. */
  endpoint?: string | string[];
  /** The whole configuration file instead; null for none. */
  file?: string | null;
  environment?: Record<string, string>;
  stdin?: string | Uint8Array<ArrayBuffer>;
  /** The words before the arguments. */
  program?: string[];
}

/** Runs `commctl` as a process of its own, with a home directory of its own. */
export async function commctl(args: string[], invocation: Invocation = {}): Promise<Ended> {
  using started = start(args, invocation);
  return await started.ended;
}

/** The same for a test that does something while it runs. `stderr` grows meanwhile. */
export function start(args: string[], invocation: Invocation = {}) {
  const home = homeDirectory(invocation);
  const output = { stdout: '', stderr: '' };
  const child = Bun.spawn([process.execPath, main, ...(invocation.program ?? ['ctl']), ...args], {
    env: environmentOf(home.path, invocation),
    stdin: new Blob([invocation.stdin ?? '']),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const ended = (async () => {
    const [exitCode] = await Promise.all([
      child.exited,
      collect(child.stdout, (text) => {
        output.stdout += text;
      }),
      collect(child.stderr, (text) => {
        output.stderr += text;
      }),
    ]);
    return { exitCode, ...output };
  })();
  return {
    output,
    ended,
    interrupt: () => child.kill('SIGINT'),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    [Symbol.dispose]: () => {
      child.kill('SIGKILL');
      home[Symbol.dispose]();
    },
  };
}

/** Runs it with a terminal for all three streams, answering each prompt when it shows. */
export async function commctlOnTerminal(
  args: string[],
  { answers = {}, size = { cols: 80, rows: 24 }, ...invocation }: Invocation & TerminalOptions = {},
): Promise<{ exitCode: number; screen: string }> {
  using home = homeDirectory(invocation);
  const waiting = Object.entries(answers);
  let screen = '';
  let read = 0;
  const child = Bun.spawn([process.execPath, main, ...(invocation.program ?? ['ctl']), ...args], {
    env: { ...environmentOf(home.path, invocation), TERM: 'xterm' },
    terminal: {
      ...size,
      data(terminal, chunk) {
        screen += new TextDecoder().decode(chunk);
        const [prompt, answer] = waiting[0] ?? [];
        if (prompt === undefined || answer === undefined || !screen.includes(prompt, read)) return;
        read = screen.length;
        waiting.shift();
        terminal.write(answer);
      },
    },
  });
  return { exitCode: await child.exited, screen };
}

interface TerminalOptions {
  /** What is typed when a text shows, in order. */
  answers?: Record<string, string>;
  size?: { cols: number; rows: number };
}

function homeDirectory({ endpoint = [], file }: Invocation) {
  const home = temporaryDirectory();
  const text = file === undefined ? JSON.stringify({ endpoint, username: 'a', password: 'b' }) : file;
  mkdirSync(home.path, { recursive: true });
  if (text !== null) writeFileSync(join(home.path, '.commissaire.json'), text, { mode: 0o600 });
  return home;
}

function environmentOf(home: string, { environment = {} }: Invocation): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: home, ...environment };
}

async function collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) add(decoder.decode(chunk, { stream: true }));
}
