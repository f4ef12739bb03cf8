import { fault, type Given } from '../../config/given.ts';
import { readText } from '../../config/values.ts';
import type { Identity } from '../authenticator.ts';
import type { PluginOptions } from './plugin-options.ts';

/**
 * Adds a prefix to the names of a method, `keystone:alice`. Names of `httpbasicauth` have no colon, so no name can be
 * taken for another.
 */
export class PrefixedNames {
  readonly prefix: string;
  readonly #method: string;
  readonly #usual: string;

  constructor(prefix: string, method: string, usual = prefix) {
    this.prefix = prefix;
    this.#method = method;
    this.#usual = usual;
  }

  /** `claim:team=web`; for a plugin with another prefix than the usual one `claim:PREFIX:team=web`. */
  claim(name: string, value: string): string {
    return this.prefix === this.#usual ? `claim:${name}=${value}` : `claim:${this.prefix}:${name}=${value}`;
  }

  /** @param claims further subjects */
  identity(user: string, groups: readonly string[] = [], claims: readonly string[] = []): Identity {
    const name = `${this.prefix}:${user}`;
    const subjects = [`user:${name}`, ...groups.map((group) => `group:${this.prefix}:${group}`), ...claims];
    return { name, method: this.#method, subjects };
  }

  /** The identity of a caller that was authenticated without a name. */
  unnamed(): Identity {
    return this.identity('(unnamed)');
  }
}

/** @throws AppError `invalid_configuration` */
export function readNames(options: PluginOptions, method: string, usualPrefix: string): PrefixedNames {
  return new PrefixedNames(options.optional('prefix', readPrefix) ?? usualPrefix, method, usualPrefix);
}

function readPrefix(given: Given): string {
  const prefix = readText(given);
  if (/^[A-Za-z0-9._-]{1,64}$/.test(prefix)) return prefix;
  throw fault(given.where, `"${prefix}" is not a prefix`, 'use up to 64 letters, digits, ".", "_" and "-"');
}

/** Whether an external text can be part of a name: not empty, of a usual length, without control characters. */
export function isName(value: unknown): value is string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return typeof value === 'string' && /^[^\u0000-\u001f\u007f]{1,255}$/.test(value);
}
