import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainValue } from '../../config/given.ts';
import { maskedValue } from '../../config/masked.ts';
import { serverOptions } from '../../config/options.ts';
import type { Settings } from '../../config/settings.ts';

/** The secrets that the installation has in its configuration and its key files, to search for in what leaves it. */
export function knownSecrets(settings: Settings, dataDir: string): string[] {
  const given = serverOptions.flatMap(({ name }) => {
    const value = settings.find(name) ?? settings.faulty(name);
    return value === undefined ? [] : masked(plainValue(value), maskedValue(value, name));
  });
  const files = ['master.key', 'ca.key'].flatMap((name) => linesOf(join(dataDir, name)));
  return [...given, ...files];
}

/** The texts that masking changes. */
function masked(plain: unknown, shown: unknown): string[] {
  if (typeof plain === 'string') return plain === shown ? [] : partsOf(plain);
  if (typeof plain !== 'object' || plain === null) return [];
  const counterpart = typeof shown === 'object' && shown !== null ? shown : {};
  return Object.entries(plain).flatMap(([name, value]) => {
    // Where the whole object is masked, each text in it is a secret.
    return masked(value, Reflect.get(counterpart, name));
  });
}

/** Of a URL also its path and its password, each alone. */
function partsOf(text: string): string[] {
  const url = URL.parse(text);
  if (url === null) return [text];
  return [text, url.pathname.slice(1), url.password, decodeURIComponent(url.password)].filter((part) => part !== '');
}

function linesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.length >= 16 && !line.startsWith('-----'));
  } catch {
    return [];
  }
}
