import { type EtcdAccess, EtcdClient } from './client.ts';
import type { EtcdApi, EtcdKey, EtcdTree } from './tree.ts';
import { unreadable } from './unreadable.ts';
import { V2Tree } from './v2-tree.ts';
import { V3Tree } from './v3-tree.ts';

/** The keys of a directory, and the tree that they are from. */
export interface FoundKeys {
  readonly tree: EtcdTree;
  readonly keys: readonly EtcdKey[];
}

/**
 * The keys of the given API, otherwise of the one that has some.
 *
 * @throws AppError `etcd_unreadable` when no member answers, when neither API has such keys, and when both have
 */
export async function findKeys(access: EtcdAccess, directory: string, api?: EtcdApi): Promise<FoundKeys> {
  const client = new EtcdClient(access);
  const trees = { v2: new V2Tree(client), v3: new V3Tree(client) };
  if (api !== undefined) {
    const tree = trees[api];
    if (await tree.isServed()) return { tree, keys: await tree.read(directory) };
    throw unreadable(`this etcd does not serve its ${api} API`, notServed[api]);
  }
  const filled: FoundKeys[] = [];
  const absent: EtcdApi[] = [];
  for (const tree of Object.values(trees)) {
    if (!(await tree.isServed())) {
      absent.push(tree.api);
      continue;
    }
    const keys = await tree.read(directory);
    if (keys.length > 0) filled.push({ tree, keys });
  }
  const [found, other] = filled;
  if (other !== undefined) {
    throw unreadable(
      `both APIs of etcd have keys below ${directory}, and they are separate`,
      'say which ones to import: --etcd-api v2 for those that the original wrote, or --etcd-api v3',
    );
  }
  if (found !== undefined) return found;
  const [missing] = absent;
  throw unreadable(
    `etcd has no keys below ${directory}${missing === undefined ? '' : `, and does not serve its ${missing} API`}`,
    missing === undefined ? 'is this the etcd that the original used? Name it with --endpoint' : notServed[missing],
  );
}

const notServed: Readonly<Record<EtcdApi, string>> = {
  v2: 'the original writes v2 keys: start etcd with --enable-v2 (etcd 3.6 and later cannot), or read its data directory with --data-dir-of-etcd',
  v3: 'the original writes v2 keys: leave --etcd-api out',
};
