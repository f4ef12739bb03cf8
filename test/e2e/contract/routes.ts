import { expect } from 'vitest';
import { closedPort } from '../../support/server.ts';
import { aCluster, aHost, aManager, aNetwork, cluster, host, manager, network, one, two } from './given.ts';
import type { Ask, Step } from './row.ts';

/** A request that succeeds in the `furnished` inventory, and with which status. */
export interface ContractRoute extends Ask {
  readonly section: string;
  readonly status: 200 | 201;
  /** In the original a trailing slash is none of this path. */
  readonly strict?: true;
  /** Instead of `furnished`: the inventory in which it succeeds. */
  readonly given?: readonly Step[];
  /** Here it heeds `If-None-Match` or `If-Match`. */
  readonly conditional?: true;
}

const v0 = '/api/v0';
const [c1, idle] = [cluster('c1'), cluster('idle')];

/** An inventory in which each route of the contract finds what it is about, unless it says otherwise. */
export const furnished: readonly Step[] = [
  aHost(one),
  aHost(two),
  aNetwork('n1'),
  aManager('m1'),
  aCluster('c1', [one]),
  aCluster('idle'),
];

/** The same, and an operation of each kind that has ended. */
const operated = [...furnished, ...(['restart', 'upgrade', 'deploy'] as const).flatMap((kind) => ended('idle', kind))];

/** The thirty routes of the contract (1.1), in its order. */
export const contractRoutes: readonly ContractRoute[] = [
  { section: 'H1', method: 'GET', path: `${v0}/hosts`, status: 200, conditional: true },
  { section: 'H2', method: 'GET', path: host(one), status: 200, conditional: true },
  { section: 'H3', method: 'PUT', path: host(one), body: {}, status: 201, conditional: true },
  { section: 'H4', method: 'PUT', path: `${v0}/host`, body: { port: closedPort }, status: 201, conditional: true },
  { section: 'H5', method: 'GET', path: `${host(one)}/creds`, status: 200, strict: true, conditional: true },
  { section: 'H6', method: 'DELETE', path: host(one), status: 200, conditional: true },
  { section: 'H7', method: 'GET', path: `${host(one)}/status`, status: 200 },
  { section: 'C1', method: 'GET', path: `${v0}/clusters`, status: 200, conditional: true },
  { section: 'C2', method: 'GET', path: c1, status: 200, conditional: true },
  { section: 'C3', method: 'PUT', path: c1, body: {}, status: 201, conditional: true },
  { section: 'C4', method: 'DELETE', path: c1, status: 200, conditional: true },
  { section: 'C5', method: 'GET', path: `${c1}/hosts`, status: 200, conditional: true },
  {
    section: 'C6',
    method: 'PUT',
    path: `${c1}/hosts`,
    body: { old: [one], new: [one, two] },
    status: 200,
    conditional: true,
  },
  { section: 'C7', method: 'GET', path: `${c1}/hosts/${one}`, status: 200 },
  { section: 'C8', method: 'PUT', path: `${c1}/hosts/${two}`, body: {}, status: 200, conditional: true },
  { section: 'C9', method: 'DELETE', path: `${c1}/hosts/${one}`, status: 200, conditional: true },
  { section: 'O1', method: 'GET', path: `${idle}/deploy`, status: 200, strict: true, given: operated },
  { section: 'O2', method: 'GET', path: `${idle}/upgrade`, status: 200, strict: true, given: operated },
  { section: 'O3', method: 'GET', path: `${idle}/restart`, status: 200, strict: true, given: operated },
  { section: 'O4', method: 'PUT', path: `${idle}/upgrade`, body: {}, status: 201, strict: true },
  { section: 'O5', method: 'PUT', path: `${idle}/restart`, body: {}, status: 201, strict: true },
  { section: 'O6', method: 'PUT', path: `${idle}/deploy`, body: { version: '7.2.6' }, status: 201, strict: true },
  { section: 'N1', method: 'GET', path: `${v0}/networks`, status: 200, conditional: true },
  { section: 'N2', method: 'GET', path: network('n1'), status: 200, conditional: true },
  { section: 'N3', method: 'PUT', path: network('n1'), body: {}, status: 201, conditional: true },
  { section: 'N4', method: 'DELETE', path: network('n1'), status: 200, conditional: true },
  { section: 'M1', method: 'GET', path: `${v0}/containermanagers`, status: 200, conditional: true },
  { section: 'M2', method: 'GET', path: manager('m1'), status: 200, conditional: true },
  { section: 'M3', method: 'PUT', path: manager('m1'), body: { type: 'trivial' }, status: 201, conditional: true },
  { section: 'M4', method: 'DELETE', path: manager('m1'), status: 200, conditional: true },
];

/** An operation on a cluster, and its end. */
export function ended(name: string, kind: 'restart' | 'upgrade' | 'deploy', version = '7.2.5'): Step[] {
  const path = `${cluster(name)}/${kind}`;
  const body = kind === 'deploy' ? { version } : {};
  return [
    { method: 'PUT', path, body },
    { method: 'GET', path, until: { finished_at: expect.stringMatching(/./) } },
  ];
}

/** What is asked, and what has to be there. */
export function askOf({ method, path, body, given = furnished }: ContractRoute): Ask & { given: readonly Step[] } {
  return { method, path, given, ...(body === undefined ? {} : { body }) };
}
