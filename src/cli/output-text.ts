import { escapeControls } from '../lib/controls.ts';

/**
 * Turns the output of a machine into text for a terminal, in parts that may end anywhere, even within a character. It
 * keeps lines and tabs. It removes sequences that colour, move the cursor, set a title or link; a carriage return ends
 * a line; other controls are escaped. Bytes that are not UTF-8 become U+FFFD.
 */
export class OutputText {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** The possible beginning of a sequence, of bounded length. */
  #held = '';

  next(part: Uint8Array): string {
    return this.#take(this.#decoder.decode(part, { stream: true }));
  }

  /** The text that was held back. */
  end(): string {
    const text = this.#take(this.#decoder.decode());
    const rest = this.#held;
    this.#held = '';
    return text + cleaned(rest);
  }

  #take(decoded: string): string {
    const text = this.#held + decoded;
    const end = withoutReturns(text);
    const at = end < text.length ? end : (unfinished.exec(text)?.index ?? end);
    // Any number of carriage returns ends one line.
    this.#held = end < text.length ? '\r' : text.slice(at);
    return cleaned(text.slice(0, at));
  }
}

/** The same for a complete output. */
export function outputText(bytes: Uint8Array): string {
  const text = new OutputText();
  return text.next(bytes) + text.end();
}

/**
 * ECMA-48: control sequences (5.4) and OSC command strings (8.3.89). A sequence longer than programs write is not
 * removed, so that nothing long can hide in it.
 */
const parameters = String.raw`[0-?]{0,64}[ -\/]{0,8}`;
const command = String.raw`[^\p{Cc}]{0,1024}`;
const sequences = new RegExp(
  String.raw`\r+\n?|(?:\x1b\[|\x9b)${parameters}[@-~]|(?:\x1b\]|\x9d)${command}(?:\x07|\x1b\\|\x9c)`,
  'gu',
);
const unfinished = new RegExp(String.raw`(?:\x1b|(?:\x1b\[|\x9b)${parameters}|(?:\x1b\]|\x9d)${command}\x1b?)$`, 'u');

/** The length of a text without the carriage returns at its end. */
function withoutReturns(text: string): number {
  let end = text.length;
  while (text[end - 1] === '\r') end -= 1;
  return end;
}

function cleaned(text: string): string {
  const plain = text.replace(sequences, (found) => (found.startsWith('\r') ? '\n' : ''));
  return plain.split('\t').map(escapeControls).join('\t');
}
