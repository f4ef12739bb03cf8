import { expect } from 'vitest';
import type { Step } from './row.ts';

const v0 = '/api/v0';

/** Hosts of the rows. Nothing listens at `closedPort` of them, so that what is tried on one ends at once. */
export const [one, two, three] = ['127.66.0.1', '127.66.0.2', '127.66.0.3'] as const;
export const host = (address: string) => `${v0}/host/${address}`;
export const cluster = (name: string) => `${v0}/cluster/${name}`;
export const network = (name: string) => `${v0}/network/${name}`;
export const manager = (name: string) => `${v0}/containermanager/${name}`;

/** A host as it is stored, with nothing being started for it. */
export function aHost(address: string, members: object = {}): Step {
  return { method: 'PUT', path: `${host(address)}?import=true`, body: { status: 'active', ...members } };
}

/** A cluster with these members, which are there already. */
export function aCluster(name: string, hostset: readonly string[] = [], members: object = {}): Step {
  return { method: 'PUT', path: `${cluster(name)}?import=true`, body: { hostset, ...members } };
}

export function aNetwork(name: string, body: object = {}): Step {
  return { method: 'PUT', path: network(name), body };
}

/** A container manager that does as asked and reaches nobody. */
export function aManager(name: string, body: object = { type: 'trivial' }): Step {
  return { method: 'PUT', path: manager(name), body };
}

/** A container manager that nobody answers for. */
export function aBrokenManager(name: string): Step {
  return aManager(name, { type: 'openshift', options: { server_url: 'https://127.0.0.1:1' } });
}

/** What the original stores and shows of a host, in its order, and what has been added since. */
export function hostRecord(address: string, members: object = {}): object {
  const original = { address, status: '', os: '', cpus: 0, memory: 0, space: 0, last_check: '', source: '' };
  return { ...original, error: '', facts: {}, labels: {}, ...members };
}

/** Of a host, as clients send it that were written for the original: with every member of the record. */
export const wholeRecord = {
  address: one,
  status: 'active',
  os: 'fedora',
  cpus: 2,
  memory: 11_989_228,
  space: 487_652,
  last_check: '2015-12-17T15:48:18.710454',
  source: 'etcd',
};

/** What PUT of a cluster shows of it. */
export function clusterSummary(name: string, members: object = {}): object {
  return { name, status: '', network: 'default', container_manager: '', ...members };
}

/** What GET of the cluster c1 shows of it. */
export function clusterView(members: object): object {
  const hosts = { total: 0, available: 0, unavailable: 0 };
  return { name: 'c1', status: 'ok', network: 'default', hostset: [], container_manager: '', hosts, ...members };
}

/** UTC, no zone, microseconds (contract 2.1). */
export const timestamp = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}$/);
