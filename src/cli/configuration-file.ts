import { readFile, stat } from 'node:fs/promises';
import { withoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { systemErrorCode } from '../lib/errors.ts';
import { systemReason } from '../lib/system-reason.ts';
import {
  type ConfigurationDocument,
  defaultContext,
  documentIn,
  membersOfContext,
  noSuchContext,
} from './contexts/document.ts';
import type { ConfigurationPlace } from './contexts/place.ts';
import { type Site, siteOf } from './site.ts';
import { UsageError } from './usage-error.ts';

/** What `~/.commissaire.json` says of the context that is used (contract 12.1). */
export interface ConfigurationFile extends Site {
  /** The name of the context. */
  context: string;
  /** The names of all contexts. */
  contexts: readonly string[];
  /** Set when the file contains a secret and others can read it. */
  warning?: string;
}

/** Returns undefined when there is no such file. @throws UsageError */
export async function readConfigurationFile({
  path,
  context,
}: Pick<ConfigurationPlace, 'path' | 'context'>): Promise<ConfigurationFile | undefined> {
  const text = await textOfConfiguration(path);
  if (text === undefined) return undefined;
  const document = documentIn(text, path);
  const name = context ?? document.inUse;
  const members = membersOfContext(document, name);
  if (members === undefined) throw noSuchContext(name, document, path);
  const site = siteOf(members, name === defaultContext ? path : `${path}: context "${name}"`);
  const secret = secretIn(document);
  const warning = secret === undefined ? undefined : await exposure(path, secret);
  return {
    ...site,
    context: name,
    contexts: [...document.sites.keys()],
    ...(warning === undefined ? {} : { warning }),
  };
}

/** Returns undefined when there is no such file. @throws UsageError */
export async function textOfConfiguration(path: string): Promise<string | undefined> {
  try {
    return withoutByteOrderMark(await readFile(path, 'utf8'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new UsageError(`cannot read the configuration ${path}: ${systemReason(error)}`, { cause: error });
  }
}

/** What of all contexts others must not read, in words. */
function secretIn({ shared, sites }: ConfigurationDocument): string | undefined {
  const all = [shared, ...sites.values()];
  const hasProxyPassword = ({ proxy }: Readonly<Record<string, unknown>>) =>
    typeof proxy === 'string' && proxy.includes('@');
  if (all.some((members) => members.password !== undefined || hasProxyPassword(members))) return 'a password';
  return all.some(({ token }) => token !== undefined) ? 'a token' : undefined;
}

async function exposure(path: string, secret: string): Promise<string | undefined> {
  const { mode } = await stat(path);
  return (mode & 0o044) === 0
    ? undefined
    : `warning: ${path} holds ${secret} and others can read it; run \`chmod 600 ${path}\``;
}
