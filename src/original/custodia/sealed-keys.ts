import type { EtcdKey } from '../etcd/tree.ts';
import { addressOf } from '../installation.ts';

/** What the original's Custodia has for its hosts, by address: the keys below `<namespace>/keys/hosts`. */
export function sealedKeys(keys: readonly EtcdKey[], namespace: string): Map<string, string> {
  const directory = `${namespace}/keys/hosts/`;
  const sealed = new Map<string, string>();
  for (const { key, value } of keys) {
    if (!key.startsWith(directory)) continue;
    const address = addressOf(key.slice(directory.length));
    if (address !== undefined) sealed.set(address, value);
  }
  return sealed;
}
