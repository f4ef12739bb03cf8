import { fault, type Given } from '../../config/given.ts';
import type { PluginConfiguration } from '../../config/plugins.ts';

/** The options in a configuration for one plugin; an option that is `null` counts as not given. */
export class PluginOptions {
  /** The plugin's place in the configuration, for messages about missing options. */
  readonly where: string;
  readonly #plugin: string;
  readonly #values: ReadonlyMap<string, Given>;

  constructor({ name, where, options }: PluginConfiguration) {
    const given = options.filter(({ value }) => value.kind !== 'scalar' || value.value !== null);
    this.where = where;
    this.#plugin = name;
    this.#values = new Map(given.map((option) => [option.name, option.value]));
  }

  get(name: string): Given | undefined {
    return this.#values.get(name);
  }

  /** @throws AppError `invalid_configuration`, and what `read` throws */
  optional<Value>(name: string, read: (given: Given) => Value): Value | undefined {
    const given = this.#values.get(name);
    return given === undefined ? undefined : read(given);
  }

  /** @throws AppError `invalid_configuration` when it is missing, and what `read` throws */
  required<Value>(name: string, read: (given: Given) => Value, example: string): Value {
    const given = this.#values.get(name);
    if (given !== undefined) return read(given);
    throw fault(this.where, `${this.#plugin} needs the option "${name}"`, `give it, such as ${example}`);
  }
}
