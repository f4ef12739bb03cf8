import { escapeControls } from '../lib/controls.ts';
import { LastStates } from './last-states.ts';

/**
 * Turns the output of a machine into text for a terminal, in parts that may end anywhere, even within a character. It
 * keeps lines and tabs. It removes sequences that colour, move the cursor, set a title or link; of what is redrawn with
 * carriage returns it keeps the last state; other controls are escaped. Bytes that are not UTF-8 become U+FFFD.
 */
export class OutputText {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #states = new LastStates();
  /** The possible beginning of a sequence, of bounded length. */
  #held = '';

  next(part: Uint8Array): string {
    return this.#take(this.#states.next(this.#decoder.decode(part, { stream: true })));
  }

  /** The text that was held back. */
  end(): string {
    const text = this.#take(this.#states.next(this.#decoder.decode()) + this.#states.end());
    const rest = this.#held;
    this.#held = '';
    return text + cleaned(rest);
  }

  #take(states: string): string {
    const text = this.#held + states;
    const at = unfinished.exec(text)?.index ?? text.length;
    this.#held = text.slice(at);
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
  String.raw`(?:\x1b\[|\x9b)${parameters}[@-~]|(?:\x1b\]|\x9d)${command}(?:\x07|\x1b\\|\x9c)`,
  'gu',
);
const unfinished = new RegExp(String.raw`(?:\x1b|(?:\x1b\[|\x9b)${parameters}|(?:\x1b\]|\x9d)${command}\x1b?)$`, 'u');

function cleaned(text: string): string {
  return text.replace(sequences, '').split('\t').map(escapeControls).join('\t');
}
