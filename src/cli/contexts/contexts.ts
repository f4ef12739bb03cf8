import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { textOfConfiguration } from '../configuration-file.ts';
import { replaceOwnFile } from '../replace-private-file.ts';
import { stateDirectory } from '../state-directory.ts';
import type { Terminal } from '../terminal.ts';
import { type ConfigurationDocument, documentIn, emptyDocument, textOfDocument } from './document.ts';
import { configurationPlace, type GivenPlace } from './place.ts';

/** The contexts of a configuration file. */
export class Contexts {
  readonly #given: GivenPlace;
  readonly #terminal: Terminal;
  readonly #clock: Clock;

  constructor(given: GivenPlace, { terminal, clock }: { terminal: Terminal; clock: Clock }) {
    this.#given = given;
    this.#terminal = terminal;
    this.#clock = clock;
  }

  /** The path of the file, which may not exist. */
  get path(): string {
    return configurationPlace(this.#given, this.#terminal).path;
  }

  /** A missing file has no contexts. @throws UsageError */
  async read(): Promise<ConfigurationDocument> {
    const text = await textOfConfiguration(this.path);
    return text === undefined ? emptyDocument : documentIn(text, this.path);
  }

  /** The context that this call uses, which may not exist. */
  async chosen(): Promise<string> {
    const { context } = configurationPlace(this.#given, this.#terminal);
    return context ?? (await this.read()).inUse;
  }

  /** Writes the file anew, one process at a time. Nothing is written when `change` throws. @throws UsageError */
  async change(change: (document: ConfigurationDocument) => ConfigurationDocument): Promise<void> {
    const directory = stateDirectory(this.#terminal);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Imported late, because most calls do not need it.
    const { lockFile } = await import('../session/lock.ts');
    using _lock = await lockFile(join(directory, 'configuration.lock'), this.#clock);
    await replaceOwnFile(this.path, textOfDocument(change(await this.read())));
  }
}
