import { checkValue } from './check.ts';
import type { Faults } from './faults.ts';
import { type Given, givenScalar } from './given.ts';
import { type ServerOption, serverOptions } from './options.ts';

/** The sources of options, by precedence. */
export interface Layers {
  readonly flags: ReadonlyMap<string, Given>;
  readonly environment: ReadonlyMap<string, Given>;
  readonly file: ReadonlyMap<string, Given>;
}

const origins = ['flag', 'environment', 'file', 'default'] as const;
export type Origin = (typeof origins)[number];

/**
 * The given options by name, with the precedence flag, environment, file, default. Every value is checked, used or not;
 * a faulty one counts as not given.
 */
export class Settings {
  readonly #layers: ReadonlyArray<ReadonlyMap<string, Given>>;
  readonly #faulty = new Map<string, Given>();

  constructor({ flags, environment, file }: Layers, faults: Faults) {
    const defaults = serverOptions.flatMap(
      (option): Array<[string, Given]> =>
        option.default === undefined ? [] : [[option.name, givenScalar('the default', option.default)]],
    );
    const layers = [flags, environment, file, new Map(defaults)];
    this.#layers = layers.map((layer) => this.#sound(layer, faults));
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

  /** The faulty value, if one was given. */
  faulty(name: string): Given | undefined {
    return this.#faulty.get(name);
  }

  /** The precedence of the source: 0 for a flag, rising to the default. */
  rank(name: string): number {
    return this.#layers.findIndex((layer) => layer.has(name));
  }

  /** The source that applies; the default when the option was not given. */
  origin(name: string): Origin {
    return origins[this.rank(name)] ?? 'default';
  }

  #sound(layer: ReadonlyMap<string, Given>, faults: Faults): ReadonlyMap<string, Given> {
    const isSound = (option: ServerOption, given: Given) =>
      faults.attempt(() => {
        checkValue(option, given);
        return true;
      }) === true;
    const sound = new Map<string, Given>();
    for (const option of serverOptions) {
      const given = layer.get(option.name);
      if (given === undefined) continue;
      if (isSound(option, given)) sound.set(option.name, given);
      else this.#faulty.set(option.name, given);
    }
    return sound;
  }
}
