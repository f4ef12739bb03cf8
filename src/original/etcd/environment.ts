import { readFileSync } from 'node:fs';
import { systemReason } from '../../lib/system-reason.ts';
import type { EtcdAccess } from './client.ts';
import { unreadable } from './unreadable.ts';

/** What a person gives about the etcd; what is missing comes from the environment. */
export interface GivenAccess {
  readonly endpoints: readonly string[];
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly user?: string | undefined;
}

/** Where an etcd listens by default, and the original looks for it (contract 11.2). */
const defaultEndpoint = 'http://127.0.0.1:2379';

/**
 * How to reach the etcd: as given, otherwise by the variables of the original (contract 10.3).
 *
 * @throws AppError `etcd_unreadable` for a URL or a file that cannot be used
 */
export function etcdAccess(given: GivenAccess, environment: Readonly<Record<string, string | undefined>>): EtcdAccess {
  const { ETCD_MACHINES = '', ETCD_TLSPEM, ETCD_TLSKEY, ETCD_CACERT, ETCD_USERNAME, ETCD_PASSWORD } = environment;
  const named = given.endpoints.length > 0 ? given.endpoints : ETCD_MACHINES.split(',');
  const endpoints = named.map((each) => each.trim()).filter((each) => each !== '');
  const ca = fileOf(given.cacert ?? ETCD_CACERT);
  const cert = fileOf(given.cert ?? ETCD_TLSPEM);
  const key = fileOf(given.key ?? ETCD_TLSKEY);
  if ((cert === undefined) !== (key === undefined)) {
    throw unreadable('a client certificate and its key go together', 'give both --cert and --key, or neither');
  }
  const name = given.user ?? ETCD_USERNAME;
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
  return {
    endpoints: (endpoints.length === 0 ? [defaultEndpoint] : endpoints).map(checkedUrl),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(name ? { user: { name, password: ETCD_PASSWORD ?? '' } } : {}),
  };
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return text;
  throw unreadable(`"${text}" is not the URL of an etcd`, 'give one such as --endpoint https://etcd.example.com:2379');
}

function fileOf(path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(`cannot read ${path}: ${systemReason(error)}`, 'give a PEM file that you can read', error);
  }
}
