import { isObject } from '../../lib/objects.ts';
import type { EtcdAnswer, EtcdClient } from './client.ts';
import type { EtcdKey, EtcdTree } from './tree.ts';
import { unreadable } from './unreadable.ts';

/** Where the JSON gateway is: since 3.4, in 3.3, and in 3.2. */
const prefixes = ['/v3', '/v3beta', '/v3alpha'] as const;

/** The keys of one answer. A value has at most 1.5 MB, and most have a few hundred bytes. */
const pageSize = 500;

/** The keys of the v3 API, by its JSON gateway. All pages are read at the revision of the first one. */
export class V3Tree implements EtcdTree {
  readonly api = 'v3';
  readonly #client: EtcdClient;
  #prefix: Promise<string | undefined> | undefined;
  #token: string | undefined;

  constructor(client: EtcdClient) {
    this.#client = client;
  }

  async isServed(): Promise<boolean> {
    return (await this.#found()) !== undefined;
  }

  async read(directory: string): Promise<EtcdKey[]> {
    const keys: EtcdKey[] = [];
    const end = Buffer.from(`${directory}0`, 'utf8').toString('base64');
    let from = Buffer.from(`${directory}/`, 'utf8');
    let revision: string | undefined;
    for (;;) {
      const range = { key: from.toString('base64'), range_end: end, limit: pageSize };
      const page = pageOf(directory, await this.#range(revision === undefined ? range : { ...range, revision }));
      keys.push(...page.keys);
      if (page.last === undefined || !page.hasMore) return keys;
      revision ??= page.revision;
      // The smallest key after the last one.
      from = Buffer.concat([page.last, Buffer.of(0)]);
    }
  }

  async #range(body: object): Promise<EtcdAnswer> {
    const prefix = await this.#found();
    if (prefix === undefined) throw unreadable('this etcd has no JSON gateway', 'read its v2 keys, with --etcd-api v2');
    this.#token ??= await this.#authenticate(prefix);
    const headers = this.#token === '' ? {} : { authorization: this.#token };
    return this.#client.request({ method: 'POST', path: `${prefix}/kv/range`, headers, body });
  }

  /** The prefix of the gateway; undefined when there is none. */
  #found(): Promise<string | undefined> {
    this.#prefix ??= (async () => {
      for (const prefix of prefixes) {
        const { status } = await this.#client.request({
          method: 'POST',
          path: `${prefix}/kv/range`,
          body: { key: Buffer.from('/').toString('base64'), count_only: true },
        });
        // Any other answer, such as that a token is missing, comes from the gateway.
        if (status !== 404 && status !== 405) return prefix;
      }
      return undefined;
    })();
    return this.#prefix;
  }

  /** Empty when no user is given. */
  async #authenticate(prefix: string): Promise<string> {
    const { user } = this.#client.access;
    if (user === undefined) return '';
    const answer = await this.#client.request({ method: 'POST', path: `${prefix}/auth/authenticate`, body: user });
    if (isObject(answer.json) && typeof answer.json.token === 'string') return answer.json.token;
    // Without authentication everybody may read.
    if (/authentication is not enabled/.test(messageOf(answer))) return '';
    throw unreadable(
      `etcd refuses the user ${user.name}: ${messageOf(answer)}`,
      'give the user with --user, and the password in ETCD_PASSWORD',
    );
  }
}

interface Page {
  readonly keys: EtcdKey[];
  /** The key of the last one. */
  readonly last: Buffer | undefined;
  readonly hasMore: boolean;
  readonly revision: string | undefined;
}

/** Protocol buffers in JSON: bytes are base64, 64-bit numbers are texts, and empty members are left out. */
function pageOf(directory: string, answer: EtcdAnswer): Page {
  const { status, json } = answer;
  if (status !== 200 || !isObject(json)) {
    throw unreadable(
      `cannot read the v3 keys below ${directory}: etcd answers ${status}: ${messageOf(answer)}`,
      'when users are on, give one with --user and the password in ETCD_PASSWORD; when keys were compacted meanwhile, start again',
    );
  }
  const pairs = (Array.isArray(json.kvs) ? json.kvs : []).filter(isObject);
  const last = pairs.at(-1);
  const revision = isObject(json.header) ? json.header.revision : undefined;
  return {
    keys: pairs.map(({ key, value }) => ({
      key: bytesOf(key).toString('utf8'),
      value: bytesOf(value).toString('utf8'),
    })),
    last: last === undefined ? undefined : bytesOf(last.key),
    hasMore: json.more === true,
    revision: typeof revision === 'string' ? revision : undefined,
  };
}

function bytesOf(base64: unknown): Buffer {
  return Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64');
}

function messageOf({ json }: EtcdAnswer): string {
  const { message, error } = isObject(json) ? json : {};
  const said = message ?? error;
  return typeof said === 'string' ? said : 'it does not say why';
}
