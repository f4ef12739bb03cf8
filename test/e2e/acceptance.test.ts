import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closedPort } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { aCluster, aHost, aManager, cluster, host, network, one, timestamp, two } from './contract/given.ts';
import type { Row } from './contract/row.ts';
import { Site } from './contract/site.ts';

const v0 = '/api/v0';
const key = makeSshKey().privateFile;
const other = makeSshKey().privateFile;
const someHost = [aHost(one, { ssh_priv_key: key, status: 'active' })];
const some = expect.anything();
const denied = { headers: { authorization: '' }, status: 401, problem: 'credentials_required' } as const;

/** Every noun that the acceptance scenarios of the original read without credentials, and with them. */
const lists = ['hosts', 'clusters', 'networks', 'containermanagers'];

/** The record of an operation, whose members the scenarios compare exactly (contract 1.4). */
function started(done: 'deployed' | 'upgraded' | 'restarted', members: object = {}) {
  return {
    name: 'c1',
    status: 'in_process',
    ...members,
    [done]: [],
    in_process: [],
    started_at: timestamp,
    finished_at: '',
  };
}

/**
 * The scenarios that the contract describes as asserted by the original's acceptance tests (marked [B]), each as one
 * request in its state.
 */
const scenarios: readonly Row[] = [
  ...lists.map(
    (list): Row => ({
      ...denied,
      section: '1.1',
      says: `here: ${list} without credentials 401`,
      method: 'GET',
      path: `${v0}/${list}`,
    }),
  ),
  ...lists.map(
    (list): Row => ({
      ...denied,
      section: '1.1',
      says: `${list} with bad credentials`,
      method: 'GET',
      path: `${v0}/${list}`,
      headers: { authorization: `Basic ${btoa('bad:user')}` },
      status: 403,
      problem: 'credentials_refused',
    }),
  ),
  { section: 'H1', says: 'hosts, none', method: 'GET', path: `${v0}/hosts`, status: 200, answer: [] },
  {
    section: 'H1',
    says: 'hosts, one',
    given: someHost,
    method: 'GET',
    path: `${v0}/hosts`,
    status: 200,
    answer: [expect.objectContaining({ address: one })],
  },
  {
    section: 'H2',
    says: 'a host',
    given: someHost,
    method: 'GET',
    path: host(one),
    status: 200,
    answer: expect.objectContaining({ address: one }),
  },
  { section: 'H2', says: 'a missing host', method: 'GET', path: host(one), status: 404, problem: 'host_not_found' },
  {
    section: 'H3',
    says: 'creating a host',
    method: 'PUT',
    path: host(one),
    body: { ssh_priv_key: key, port: closedPort },
    status: 201,
    answer: some,
  },
  {
    section: 'H3',
    says: 'creating a host in a cluster',
    given: [aCluster('c1')],
    method: 'PUT',
    path: host(one),
    body: { ssh_priv_key: key, port: closedPort, cluster: 'c1' },
    status: 201,
    answer: some,
  },
  {
    section: 'H3',
    says: 'creating a host in a missing cluster',
    method: 'PUT',
    path: host(one),
    body: { ssh_priv_key: key, cluster: 'absent' },
    status: 409,
    problem: 'cluster_unknown',
  },
  {
    section: 'H3',
    says: 'recreating a compatible host',
    given: someHost,
    method: 'PUT',
    path: host(one),
    body: { ssh_priv_key: key },
    status: 201,
    answer: expect.objectContaining({ address: one }),
  },
  ...[other, 'a key that nobody can read'].map(
    (ssh_priv_key): Row => ({
      section: 'H3',
      says: `recreating an incompatible host: ${ssh_priv_key === other ? 'another key' : ssh_priv_key}`,
      given: someHost,
      method: 'PUT',
      path: host(one),
      body: { ssh_priv_key },
      status: 409,
      problem: 'credentials_differ',
    }),
  ),
  {
    section: 'H5',
    says: 'the credentials of a host',
    given: someHost,
    method: 'GET',
    path: `${host(one)}/creds`,
    status: 200,
    answer: expect.objectContaining({ ssh_priv_key: key, remote_user: 'root' }),
  },
  {
    section: 'H6',
    says: 'deleting a host',
    given: someHost,
    method: 'DELETE',
    path: host(one),
    status: 200,
    answer: [],
  },
  {
    section: 'H6',
    says: 'deleting a missing host',
    method: 'DELETE',
    path: host(one),
    status: 404,
    problem: 'host_not_found',
  },
  {
    section: 'H7',
    says: 'the status of a host without a container manager',
    given: someHost,
    method: 'GET',
    path: `${host(one)}/status`,
    status: 200,
    answer: { type: 'host_only', host: some, container_manager: {} },
  },
  {
    section: 'H7',
    says: 'the status of a host with a container manager',
    given: [
      ...someHost,
      aManager('m'),
      aCluster('c1', [], { container_manager: 'm' }),
      { method: 'PUT', path: `${cluster('c1')}/hosts/${one}`, body: {} },
    ],
    method: 'GET',
    path: `${host(one)}/status`,
    status: 200,
    answer: { type: 'host_only', host: some, container_manager: { node: one, status: 'ok' } },
  },
  {
    section: 'C1',
    says: 'clusters',
    given: [aCluster('c1')],
    method: 'GET',
    path: `${v0}/clusters`,
    status: 200,
    answer: ['c1'],
  },
  {
    section: 'C2',
    says: 'an empty cluster is ok',
    given: [aCluster('c1')],
    method: 'GET',
    path: cluster('c1'),
    status: 200,
    answer: expect.objectContaining({ status: 'ok', hosts: expect.objectContaining({ total: 0 }) }),
  },
  {
    section: 'C2',
    says: 'a cluster counts its hosts',
    given: [aHost(one), aHost(two), aCluster('c1', [one, two])],
    method: 'GET',
    path: cluster('c1'),
    status: 200,
    answer: expect.objectContaining({ hosts: expect.objectContaining({ total: 2 }) }),
  },
  {
    section: 'C2',
    says: 'a missing cluster',
    method: 'GET',
    path: cluster('c1'),
    status: 404,
    problem: 'cluster_not_found',
  },
  { section: 'C3', says: 'creating a cluster', method: 'PUT', path: cluster('c1'), status: 201, answer: some },
  {
    section: 'C3',
    says: 'recreating a cluster',
    given: [aCluster('c1')],
    method: 'PUT',
    path: cluster('c1'),
    status: 201,
    answer: some,
  },
  {
    section: 'C4',
    says: 'deleting a cluster',
    given: [aCluster('c1')],
    method: 'DELETE',
    path: cluster('c1'),
    status: 200,
    answer: [],
  },
  {
    section: 'C4',
    says: 'deleting a missing cluster',
    method: 'DELETE',
    path: cluster('c1'),
    status: 404,
    problem: 'cluster_not_found',
  },
  {
    section: 'C7',
    says: 'a host is in a cluster',
    given: [...someHost, aCluster('c1', [one])],
    method: 'GET',
    path: `${cluster('c1')}/hosts/${one}`,
    status: 200,
    answer: [one],
  },
  {
    section: 'C8',
    says: 'adding a host to a cluster',
    given: [...someHost, aCluster('c1')],
    method: 'PUT',
    path: `${cluster('c1')}/hosts/${one}`,
    body: {},
    status: 200,
    answer: [one],
  },
  {
    section: 'C9',
    says: 'removing a host from a cluster',
    given: [...someHost, aCluster('c1', [one])],
    method: 'DELETE',
    path: `${cluster('c1')}/hosts/${one}`,
    status: 200,
    answer: [],
  },
  {
    section: 'O4',
    says: 'upgrading a cluster',
    given: [aCluster('c1')],
    method: 'PUT',
    path: `${cluster('c1')}/upgrade`,
    status: 201,
    answer: started('upgraded'),
  },
  {
    section: 'O5',
    says: 'restarting a cluster',
    given: [aCluster('c1')],
    method: 'PUT',
    path: `${cluster('c1')}/restart`,
    status: 201,
    answer: started('restarted'),
  },
  {
    section: 'O6',
    says: 'deploying to a cluster',
    given: [aCluster('c1')],
    method: 'PUT',
    path: `${cluster('c1')}/deploy`,
    body: { version: '7.2.6' },
    status: 201,
    answer: started('deployed', { version: '7.2.6' }),
  },
  {
    section: 'N2',
    says: 'a network',
    method: 'GET',
    path: network('default'),
    status: 200,
    answer: expect.objectContaining({ name: 'default' }),
  },
  { section: 'N3', says: 'creating a network', method: 'PUT', path: network('n'), status: 201, answer: some },
];

describe('the acceptance scenarios of the original', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(async () => {
    expect(site.faults).toEqual([]);
    await site[Symbol.asyncDispose]();
  });

  test.each(scenarios.map((row) => [row.section, row.says, row] as const))('%s: %s', async (_, __, row) => {
    await site.hold(row);
  });

  test('C3: creating a cluster is told of', async () => {
    await site.hold({
      section: 'N1',
      says: 'a fresh store',
      method: 'GET',
      path: `${v0}/hosts`,
      status: 200,
      answer: [],
    });
    const before = await lastEvent();
    await site.ask({ method: 'PUT', path: cluster('c2') });
    expect(await eventsSince(before)).toEqual(['cluster.created.c2']);
  });

  test('C8: adding a host to a cluster is told of, for both', async () => {
    await site.hold({
      section: 'C5',
      says: 'the hosts of a cluster',
      given: [...someHost, aCluster('c1')],
      method: 'GET',
      path: `${cluster('c1')}/hosts`,
      status: 200,
      answer: [],
    });
    const before = await lastEvent();
    await site.ask({ method: 'PUT', path: `${cluster('c1')}/hosts/${one}`, body: {} });
    expect((await eventsSince(before)).toSorted()).toEqual(['cluster.updated.c1', `host.updated.${one}`]);
  });

  async function eventsSince(id: number): Promise<string[]> {
    const { body } = await site.ask({ method: 'GET', path: `${v0}/events?follow=false&since=${id}` });
    const events = Array.isArray(body) ? body.map((event) => Object(event)) : [];
    return events
      .map(({ type, action, key }) => `${type}.${action}.${key}`)
      .filter((name) => /^(host|cluster)\./.test(name));
  }

  async function lastEvent(): Promise<number> {
    const { body } = await site.ask({ method: 'GET', path: `${v0}/events?follow=false` });
    return Array.isArray(body) ? Number(Object(body.at(-1)).sequence) : 0;
  }
});
