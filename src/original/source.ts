import type { EtcdAccess } from './etcd/client.ts';
import { findKeys } from './etcd/find-keys.ts';
import { findEtcd } from './etcd/programs.ts';
import { openSnapshot, openStoppedMember } from './etcd/stopped-member.ts';
import type { EtcdApi, EtcdKey } from './etcd/tree.ts';
import { rootDirectory } from './installation.ts';

/** Where the keys of the original are. */
export type Source =
  | { readonly kind: 'live'; readonly access: EtcdAccess }
  /** The data directory of a member that does not run. The user is for an etcd with authentication. */
  | { readonly kind: 'stopped'; readonly directory: string; readonly user: EtcdAccess['user'] }
  | { readonly kind: 'snapshot'; readonly file: string; readonly user: EtcdAccess['user'] };

export interface SourceOptions {
  /** The API whose keys are read; the one that has some when left out. */
  readonly api?: EtcdApi | undefined;
  /** The program etcd, for sources other than a live one; that of `PATH` when left out. */
  readonly program?: string | undefined;
  /** The directory of Custodia's store, such as `/commissaire/custodia`. */
  readonly custodiaDirectory: string;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

export interface SourceKeys {
  readonly api: EtcdApi;
  /** Everything below `/commissaire`, and below the directory of Custodia where that is another. */
  readonly keys: readonly EtcdKey[];
}

/**
 * Reads all keys of the original once. Nothing is written to the source: of a data directory and of a snapshot a private
 * etcd reads a copy, which is removed before this returns.
 *
 * @throws AppError `etcd_unreadable`; the reason of the signal
 */
export async function readSource(source: Source, options: SourceOptions): Promise<SourceKeys> {
  if (source.kind === 'live') return readKeys(source.access, options);
  const programs = findEtcd(options.program);
  await using etcd =
    source.kind === 'stopped'
      ? await openStoppedMember(source.directory, programs, options.signal)
      : await openSnapshot(source.file, programs, options.signal);
  const { user } = source;
  // Awaited here: the etcd ends with this scope.
  return await readKeys({ ...etcd.access, ...(user === undefined ? {} : { user }) }, options);
}

async function readKeys(access: EtcdAccess, { api, custodiaDirectory, signal }: SourceOptions): Promise<SourceKeys> {
  const { tree, keys } = await findKeys({ ...access, signal }, rootDirectory, api);
  if (`${custodiaDirectory}/`.startsWith(`${rootDirectory}/`)) return { api: tree.api, keys };
  return { api: tree.api, keys: [...keys, ...(await tree.read(custodiaDirectory))] };
}
