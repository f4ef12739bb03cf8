import { isObject } from '../../lib/objects.ts';
import type { EtcdAnswer, EtcdClient } from './client.ts';
import type { EtcdKey, EtcdTree } from './tree.ts';
import { unreadable } from './unreadable.ts';

/** Of the error of a key that does not exist. */
const keyNotFound = 100;

/**
 * The keys of the v2 API, where the original keeps its records (contract 11.2). One request reads a whole directory, so
 * what it answers is of one moment.
 */
export class V2Tree implements EtcdTree {
  readonly api = 'v2';
  readonly #client: EtcdClient;

  constructor(client: EtcdClient) {
    this.#client = client;
  }

  /** Whether the etcd has the API: since 3.4 only when `--enable-v2` is given, since 3.6 never. */
  async isServed(): Promise<boolean> {
    const { status, json } = await this.#get('');
    return status === 200 || isObject(json);
  }

  async read(directory: string): Promise<EtcdKey[]> {
    const { status, json } = await this.#get(directory);
    if (status === 200 && isObject(json) && isObject(json.node)) return keysBelow(json.node);
    if (isObject(json) && json.errorCode === keyNotFound) return [];
    throw refused(directory, { status, json });
  }

  #get(directory: string): Promise<EtcdAnswer> {
    const { user } = this.#client.access;
    const path = directory.split('/').map(encodeURIComponent).join('/');
    // The root is only asked whether it is there.
    const query = directory === '' ? '' : '?recursive=true&quorum=true';
    return this.#client.request({
      method: 'GET',
      path: `/v2/keys${path}${query}`,
      headers: user === undefined ? {} : { authorization: `Basic ${btoaOf(`${user.name}:${user.password}`)}` },
    });
  }
}

/** The nodes that have a value, in the order of etcd; directories have none. */
function keysBelow(root: Record<string, unknown>): EtcdKey[] {
  const keys: EtcdKey[] = [];
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (!isObject(node)) continue;
    if (typeof node.key === 'string' && typeof node.value === 'string') keys.push({ key: node.key, value: node.value });
    if (Array.isArray(node.nodes)) for (const each of node.nodes.toReversed()) waiting.push(each);
  }
  return keys;
}

function refused(directory: string, { status, json }: EtcdAnswer): Error {
  const said = isObject(json) && typeof json.message === 'string' ? `: ${json.message}` : '';
  const attempt = `cannot read the v2 keys below ${directory}: etcd answers ${status}${said}`;
  if (status === 401 || status === 403) {
    return unreadable(attempt, 'give a user who may read them with --user, and the password in ETCD_PASSWORD');
  }
  return unreadable(
    attempt,
    'see with `etcdctl cluster-health` whether the cluster has a leader; without one, read the data directory of a member with --data-dir-of-etcd',
  );
}

function btoaOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
