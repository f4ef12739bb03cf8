import { escapeControls } from '../lib/controls.ts';

/**
 * What a machine printed as text for a terminal, part by part: parts may end anywhere, even within a character. It keeps
 * its lines and tabs. Sequences that colour, move the cursor, set a title or link are left out, a carriage return ends a
 * line, and what else would command the terminal is escaped. What is not UTF-8 becomes U+FFFD.
 */
export class OutputText {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** What may be the beginning of a sequence. Its length is bounded as theirs is. */
  #held = '';

  next(part: Uint8Array): string {
    return this.#take(this.#decoder.decode(part, { stream: true }));
  }

  /** What was held back for more to come. */
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
    // However many carriage returns there are, they end one line.
    this.#held = end < text.length ? '\r' : text.slice(at);
    return cleaned(text.slice(0, at));
  }
}

/** The same of all at once. */
export function outputText(bytes: Uint8Array): string {
  const text = new OutputText();
  return text.next(bytes) + text.end();
}

/**
 * ECMA-48: control sequences (5.4) and command strings of the kind OSC (8.3.89). A longer one than programs write stays,
 * so that nothing long can hide in it.
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
