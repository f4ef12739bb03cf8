import { checkValue } from './check.ts';
import { type Given, givenScalar } from './given.ts';
import { serverOptions } from './options.ts';

/** The places options come from, the one that wins first. */
export interface Layers {
  readonly flags: ReadonlyMap<string, Given>;
  readonly environment: ReadonlyMap<string, Given>;
  readonly file: ReadonlyMap<string, Given>;
}

/** What was given, looked up by option name with the precedence flag, environment, file, default. */
export class Settings {
  readonly #layers: ReadonlyArray<ReadonlyMap<string, Given>>;

  /** @throws AppError `invalid_configuration` for any value that is wrong, used or not */
  constructor({ flags, environment, file }: Layers) {
    const defaults = serverOptions.flatMap(
      (option): Array<[string, Given]> =>
        option.default === undefined ? [] : [[option.name, givenScalar('the default', option.default)]],
    );
    this.#layers = [flags, environment, file, new Map(defaults)];
    for (const option of serverOptions) {
      for (const layer of this.#layers) {
        const given = layer.get(option.name);
        if (given !== undefined) checkValue(option, given);
      }
    }
  }

  find(name: string): Given | undefined {
    for (const layer of this.#layers) {
      const given = layer.get(name);
      if (given !== undefined) return given;
    }
    return undefined;
  }

  /** For options with a default in the table. */
  get(name: string): Given {
    const given = this.find(name);
    if (given === undefined) throw new Error(`the option ${name} has no default`);
    return given;
  }

  /** How strongly an option was given: 0 for a flag, rising to the default. */
  rank(name: string): number {
    return this.#layers.findIndex((layer) => layer.has(name));
  }
}
