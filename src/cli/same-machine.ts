import type { SameMachine } from '../inventory/same-machine.ts';
import { foldNodeSet } from '../lib/node-set.ts';

/** What two hosts have in common, in words. */
const words = { host_key: 'host key', machine_id: 'machine id' } as const;

/** `192.0.2.12: the same host key and machine id` */
export function sameMachineText({ address, by }: SameMachine): string {
  return `${address}: the same ${by.map((each) => words[each]).join(' and ')}`;
}

/** One line for each set of hosts that may be one machine, however many pairs the server named. */
export function sameMachineWarnings(found: ReadonlyMap<string, readonly SameMachine[]>): string {
  const sets: Alike[] = [];
  for (const [address, others] of found) {
    if (others.length === 0) continue;
    const joined: Alike = {
      hosts: new Set([address, ...others.map((other) => other.address)]),
      by: new Set(others.flatMap(({ by }) => by)),
    };
    for (const each of sets.filter(({ hosts }) => !hosts.isDisjointFrom(joined.hosts))) {
      sets.splice(sets.indexOf(each), 1);
      for (const host of each.hosts) joined.hosts.add(host);
      for (const reason of each.by) joined.by.add(reason);
    }
    sets.push(joined);
  }
  return sets
    .map(({ hosts, by }) => `commctl: warning: ${namesOf(hosts)} may be one machine: ${reasonOf(by)}\n`)
    .join('');
}

interface Alike {
  readonly hosts: Set<string>;
  readonly by: Set<SameMachine['by'][number]>;
}

function namesOf(hosts: ReadonlySet<string>): string {
  return `${foldNodeSet([...hosts].toSorted())} (${hosts.size} hosts)`;
}

function reasonOf(by: Alike['by']): string {
  return `the same ${Object.entries(words)
    .flatMap(([each, text]) => ([...by].some((reason) => reason === each) ? [text] : []))
    .join(' and ')}`;
}
