import type { Context } from './context.ts';
import type { Drawing, DrawnLine, Sink } from './terminal.ts';

/** What a command printed, line by line. */
export interface Captured {
  readonly out: readonly DrawnLine[];
  readonly notes: readonly DrawnLine[];
}

/** Runs something that prints, and returns what it printed for the same terminal instead of printing it. */
export async function captured(context: Context, show: (context: Context) => Promise<unknown>): Promise<Captured> {
  const out: DrawnLine[] = [];
  const notes: DrawnLine[] = [];
  const { stdout, stderr } = context.terminal;
  const terminal = { ...context.terminal, stdout: sinkInto(out, stdout), stderr: sinkInto(notes, stderr) };
  await show({ ...context, terminal });
  return { out, notes };
}

function sinkInto(lines: DrawnLine[], { isTerminal, size }: Sink): Sink {
  const write = async (data: string | Uint8Array) => {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
    lines.push(
      ...text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => ({ text: line })),
    );
    return true;
  };
  const draw = async (drawing: Drawing) => {
    lines.push(...drawing.lines);
    return true;
  };
  return { isTerminal, size, write, writeRaw: write, draw };
}
