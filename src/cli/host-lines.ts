import { LastStates } from './last-states.ts';
import { OutputText } from './output-text.ts';
import type { Sink } from './terminal.ts';

export interface LineWays {
  /** Byte for byte. Otherwise of what was redrawn only the last state is kept. */
  readonly raw: boolean;
  /** Whether the lines must not control a terminal. */
  readonly isTerminal: Sink['isTerminal'];
}

/** Prefixes each line of the output of a host with its name. The output comes in parts that may end anywhere. */
export class HostLines {
  readonly #prefix: string;
  readonly #text: Decoded;
  readonly #encoding: 'utf8' | 'latin1';
  #isAtStart = true;

  constructor(host: string, { raw, isTerminal }: LineWays) {
    this.#prefix = `${host}: `;
    this.#text = raw ? bytesAsText : isTerminal ? new OutputText() : statesOfBytes();
    this.#encoding = raw || !isTerminal ? 'latin1' : 'utf8';
  }

  /** Whether the last line has ended. */
  get isAtStart(): boolean {
    return this.#isAtStart;
  }

  next(part: Uint8Array): Uint8Array {
    return this.#encoded(this.#prefixed(this.#text.next(part)));
  }

  /** The rest, and a newline if the last line has none. */
  end(): Uint8Array {
    const rest = this.#prefixed(this.#text.end());
    return this.#encoded(rest + this.#lineEnd());
  }

  /** Ends the present line, because another host prints: the rest of the line gets a prefix of its own. */
  interrupt(): Uint8Array {
    return this.#encoded(this.#lineEnd());
  }

  #lineEnd(): string {
    const end = this.#isAtStart ? '' : '\n';
    this.#isAtStart = true;
    return end;
  }

  #prefixed(text: string): string {
    if (text === '') return '';
    const begin = this.#isAtStart ? this.#prefix : '';
    this.#isAtStart = text.endsWith('\n');
    return begin + text.replaceAll(/\n(?!$)/g, `\n${this.#prefix}`);
  }

  #encoded(text: string): Uint8Array {
    return Buffer.from(text, this.#encoding);
  }
}

interface Decoded {
  next(part: Uint8Array): string;
  end(): string;
}

/** In this encoding every byte is a character, so bytes stay unchanged. */
const asText = (part: Uint8Array) => Buffer.from(part).toString('latin1');

const bytesAsText: Decoded = { next: asText, end: () => '' };

function statesOfBytes(): Decoded {
  const states = new LastStates();
  return { next: (part) => states.next(asText(part)), end: () => states.end() };
}
