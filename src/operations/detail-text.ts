import { Pace } from '../lib/pace.ts';
import { type HostRecord, shownHost } from './fold.ts';
import type { Operation } from './operation.ts';

/**
 * A host record is replaced, never changed. A caller that polls ten thousand hosts gets most of them from this cache.
 */
const texts = new WeakMap<HostRecord, string>();

/**
 * An operation with its hosts as `OperationDetail`, in JSON. It yields to other work in between: there may be very many
 * hosts.
 */
export async function detailText(operation: Operation, hosts: Iterable<HostRecord>): Promise<string> {
  const pace = new Pace();
  const results: string[] = [];
  for (const host of hosts) {
    results.push(textOf(host));
    if (pace.isDue) await pace.rest();
  }
  return `${JSON.stringify(operation).slice(0, -1)},"results":[${results.join(',')}]}`;
}

function textOf(host: HostRecord): string {
  const known = texts.get(host);
  if (known !== undefined) return known;
  const text = JSON.stringify(shownHost(host));
  texts.set(host, text);
  return text;
}
