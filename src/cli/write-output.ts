import { OutputText } from './output-text.ts';
import type { Sink } from './terminal.ts';

/** Whether what machines printed is to reach a terminal as it is. */
export interface OutputWays {
  readonly raw: boolean;
}

/** An option of commands that show what machines printed. */
export const raw = {
  type: 'flag',
  summary: 'print byte for byte on a terminal too, including control sequences',
} as const;

/**
 * Writes what a machine printed as its parts come: on a terminal without what would command it, elsewhere and with `raw`
 * byte for byte. Resolves to false when nobody reads any more.
 */
export async function writeOutput(sink: Sink, parts: AsyncIterable<Uint8Array>, { raw }: OutputWays): Promise<boolean> {
  const write = raw ? sink.writeRaw : sink.write;
  for await (const part of raw || !sink.isTerminal ? parts : shown(parts)) {
    if (part.length > 0 && !(await write(part))) return false;
  }
  return true;
}

/** Here a part may end within a character or a sequence; what comes out are whole ones. */
async function* shown(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const text = new OutputText();
  const encoder = new TextEncoder();
  for await (const part of parts) yield encoder.encode(text.next(part));
  yield encoder.encode(text.end());
}
