import { OutputText } from './output-text.ts';
import type { Sink } from './terminal.ts';

/** Whether output of machines reaches a terminal unchanged. */
export interface OutputWays {
  readonly raw: boolean;
}

/** An option of commands that show output of machines. */
export const raw = {
  type: 'flag',
  summary: 'print byte for byte on a terminal too',
  heading: 'Output options',
} as const;

/**
 * Writes the parts of a machine's output as they come: on a terminal without its control characters, elsewhere and with
 * `raw` byte for byte. Resolves to false when the reader has closed the output.
 */
export async function writeOutput(sink: Sink, parts: AsyncIterable<Uint8Array>, { raw }: OutputWays): Promise<boolean> {
  const write = raw ? sink.writeRaw : sink.write;
  for await (const part of raw || !sink.isTerminal ? parts : shown(parts)) {
    if (part.length > 0 && !(await write(part))) return false;
  }
  return true;
}

/** A part may end within a character or a sequence; only whole ones are passed on. */
async function* shown(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const text = new OutputText();
  const encoder = new TextEncoder();
  for await (const part of parts) yield encoder.encode(text.next(part));
  yield encoder.encode(text.end());
}
