/**
 * Replaces what a machine redrew with carriage returns, such as a progress bar, by its last state that is not blank.
 * The text may come in parts that end anywhere. A line is passed on when it ends; the beginning of a longer line is
 * passed on before, and what is redrawn after it begins a new line.
 */
export class LastStates {
  /** The last state before the present one that is not blank. */
  #shown = '';
  #present = '';
  /** Whether the beginning of the present state was passed on. */
  #isPassed = false;
  /** Whether the line contains a state that was passed on and that a later one follows. */
  #isOpen = false;

  next(text: string): string {
    let out = '';
    for (const piece of text.split(/([\r\n])/)) {
      if (piece === '\n') out += `${this.#end()}\n`;
      else if (piece === '\r') this.#return();
      else out += this.#add(piece);
    }
    return out;
  }

  /** The text that was held back. */
  end(): string {
    return this.#end();
  }

  #add(piece: string): string {
    if (this.#isPassed) return piece;
    this.#present += piece;
    if (this.#present.length <= longestHeld) return '';
    const passed = this.#isOpen ? `\n${this.#present}` : this.#present;
    this.#present = '';
    this.#isPassed = true;
    return passed;
  }

  #return(): void {
    if (this.#isPassed) this.#isOpen = true;
    else if (!isBlank(this.#present)) this.#shown = this.#present;
    if (this.#isPassed) this.#shown = '';
    this.#present = '';
    this.#isPassed = false;
  }

  #end(): string {
    const state = isBlank(this.#present) && this.#shown !== '' ? this.#shown : this.#present;
    const rest = this.#isOpen && !this.#isPassed && state !== '' ? `\n${state}` : state;
    this.#shown = '';
    this.#present = '';
    this.#isPassed = false;
    this.#isOpen = false;
    return rest;
  }
}

/** Characters. A progress bar is shorter. */
const longestHeld = 4096;

/** Whether a state shows nothing: blanks, and control sequences of ECMA-48, 5.4, such as the one that erases the line. */
function isBlank(state: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with one
  return /^(?:\s|\x1b\[[0-?]*[ -/]*[@-~])*$/.test(state);
}

/** The same for the bytes of an output, whatever their encoding. */
export async function* lastStates(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const states = new LastStates();
  // In this encoding every byte is a character.
  for await (const part of parts) yield Buffer.from(states.next(Buffer.from(part).toString('latin1')), 'latin1');
  yield Buffer.from(states.end(), 'latin1');
}
