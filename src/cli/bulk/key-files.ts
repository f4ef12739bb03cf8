import { readPrivateKey } from '../private-key-file.ts';
import type { Terminal } from '../terminal.ts';

/** Private key files, each read once however many hosts name it. */
export class KeyFiles {
  readonly #terminal: Terminal;
  readonly #contents = new Map<string, Promise<string>>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Its content in base64. @throws Error when it cannot be read or holds something else */
  content(path: string): Promise<string> {
    const content = this.#contents.get(path) ?? this.#read(path);
    this.#contents.set(path, content);
    return content;
  }

  async #read(path: string): Promise<string> {
    const content = await readPrivateKey(path, this.#terminal);
    const text = Buffer.from(content, 'base64').toString('latin1');
    // The other file of the pair is the usual slip; whether the key can be used is for the server to say.
    if (/PRIVATE KEY|^PuTTY-User-Key-File/.test(text)) return content;
    throw new Error(`${path === '-' ? 'stdin' : path} holds no private key`);
  }
}
