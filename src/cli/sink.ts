import { escapeControls } from '../lib/controls.ts';
import { outputText } from './output-text.ts';
import { printable } from './printable.ts';
import type { Drawing, DrawnLine, Sink } from './terminal.ts';

/** The stream below a sink. */
export interface Outlet extends Pick<Sink, 'isTerminal' | 'size'> {
  /** Writes data unchanged. Resolves as `Sink.write` does. */
  put(data: string | Uint8Array): Promise<boolean>;
}

/** The one place that writes text to a terminal, so that no command has to consider its contents. */
export function sinkInto(outlet: Outlet): Sink {
  const { isTerminal, size, put } = outlet;
  return {
    isTerminal,
    size,
    write: isTerminal ? (data) => put(typeof data === 'string' ? escapeControls(data) : outputText(data)) : put,
    draw: ({ erased, lines }: Drawing) => put(erasure(erased) + lines.map(drawn).join('')),
    writeRaw: put,
  };
}

function erasure(rows: number): string {
  return rows === 0 ? '' : `\x1b[${rows}A\x1b[J`;
}

function drawn({ text, colour }: DrawnLine): string {
  const shown = printable(text);
  return colour === undefined ? `${shown}\n` : `\x1b[${colour}m${shown}\x1b[0m\n`;
}
