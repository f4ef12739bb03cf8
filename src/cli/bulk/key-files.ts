import { readPrivateKey } from '../private-key-file.ts';
import type { Terminal } from '../terminal.ts';

/** Private key files. Each is read once, however many hosts name it. */
export class KeyFiles {
  readonly #terminal: Terminal;
  readonly #contents = new Map<string, Promise<string>>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** The content in base64. @throws Error when it cannot be read or is no private key */
  content(path: string): Promise<string> {
    const content = this.#contents.get(path) ?? this.#read(path);
    this.#contents.set(path, content);
    return content;
  }

  async #read(path: string): Promise<string> {
    const content = await readPrivateKey(path, this.#terminal);
    const text = Buffer.from(content, 'base64').toString('latin1');
    // Naming the public key file is the usual mistake; the server checks whether the key is usable.
    if (/PRIVATE KEY|^PuTTY-User-Key-File/.test(text)) return content;
    throw new Error(`${path === '-' ? 'stdin' : path} holds no private key`);
  }
}
