import { expect } from 'vitest';
import { makeSshKey } from '../../support/ssh-key.ts';
import {
  aBrokenManager,
  aCluster,
  aHost,
  aManager,
  cluster,
  host,
  hostRecord,
  one,
  two,
  wholeRecord,
} from './given.ts';
import type { Row } from './row.ts';

interface Kubernetes {
  readonly url: string;
  readonly authority: string;
  readonly token: string;
}

const v0 = '/api/v0';
const key = makeSshKey().privateFile;
const known = [aHost(one, { ssh_priv_key: key })];
/** A member of a cluster, and a node of its container manager. */
const node = [
  aHost(one),
  aManager('m'),
  aCluster('c1', [], { container_manager: 'm' }),
  { method: 'PUT', path: `${cluster('c1')}/hosts/${one}` },
];
const withBrokenManager = [aHost(one), aBrokenManager('m'), aCluster('c1', [one], { container_manager: 'm' })];

/** Contract 1.2 without H3 and H4. @param api an API of Kubernetes */
export function hosts(api: Kubernetes): Row[] {
  return [...lookedAt, nodeOfKubernetes(api)];
}

const lookedAt: readonly Row[] = [
  { section: 'H1', says: 'an empty list', method: 'GET', path: `${v0}/hosts`, status: 200, answer: [] },
  {
    section: 'H1',
    says: 'an array of records, not of addresses',
    given: [aHost(two), aHost(one, wholeRecord)],
    method: 'GET',
    path: `${v0}/hosts`,
    status: 200,
    answer: [hostRecord(one, wholeRecord), hostRecord(two, { status: 'active' })],
  },
  {
    section: 'H1',
    says: 'here: of a target that is not there 404',
    method: 'GET',
    path: `${v0}/hosts?target=${one}`,
    status: 404,
    problem: 'host_not_found',
  },
  {
    section: 'H1',
    says: 'here: of a cluster as its target that is not there 404',
    method: 'GET',
    path: `${v0}/hosts?target=cluster:absent`,
    status: 404,
    problem: 'cluster_not_found',
  },
  {
    section: 'H1',
    says: 'here: a target that is none 400',
    method: 'GET',
    path: `${v0}/hosts?target=(`,
    status: 400,
    problem: 'invalid_target',
  },
  {
    section: 'H1',
    says: 'here: a parameter it does not know 400',
    method: 'GET',
    path: `${v0}/hosts?colour=red`,
    status: 400,
    problem: 'invalid_member',
  },
  {
    section: 'H2',
    says: 'the record, with no secret in it',
    given: known,
    method: 'GET',
    path: host(one),
    status: 200,
    answer: hostRecord(one, { status: 'active' }),
  },
  { section: 'H2', says: 'unknown', method: 'GET', path: host(one), status: 404, problem: 'host_not_found' },
  {
    section: 'H5',
    says: 'the key and the user, here: and the port',
    given: [aHost(one, { ssh_priv_key: key, remote_user: 'ops' })],
    method: 'GET',
    path: `${host(one)}/creds`,
    status: 200,
    answer: { address: one, ssh_priv_key: key, remote_user: 'ops', port: 22 },
  },
  {
    section: 'H5',
    says: 'there are none',
    method: 'GET',
    path: `${host(one)}/creds`,
    status: 404,
    problem: 'credentials_not_found',
  },
  { section: 'H6', says: 'empty array', given: known, method: 'DELETE', path: host(one), status: 200, answer: [] },
  { section: 'H6', says: 'unknown', method: 'DELETE', path: host(one), status: 404, problem: 'host_not_found' },
  {
    section: 'H6',
    says: 'a second time',
    given: [...known, { method: 'DELETE', path: host(one) }],
    method: 'DELETE',
    path: host(one),
    status: 404,
    problem: 'host_not_found',
  },
  {
    section: 'H6',
    says: 'its credentials go with it',
    given: [...known, { method: 'DELETE', path: host(one) }],
    method: 'GET',
    path: `${host(one)}/creds`,
    status: 404,
    problem: 'credentials_not_found',
  },
  {
    section: 'H6',
    says: 'it leaves its cluster',
    given: [aHost(one), aHost(two), aCluster('c1', [one, two]), { method: 'DELETE', path: host(one) }],
    method: 'GET',
    path: `${cluster('c1')}/hosts`,
    status: 200,
    answer: [two],
  },
  {
    section: 'H6',
    says: 'a container manager that fails does not keep it',
    given: withBrokenManager,
    method: 'DELETE',
    path: host(one),
    status: 200,
    answer: [],
  },
  {
    section: 'H7',
    says: 'its state, here: and why',
    given: [aHost(one, { ...wholeRecord, status: 'failed', error: 'gone' })],
    method: 'GET',
    path: `${host(one)}/status`,
    status: 200,
    answer: {
      type: 'host_only',
      host: { last_check: wholeRecord.last_check, status: 'failed', error: 'gone' },
      container_manager: {},
    },
  },
  {
    section: 'H7',
    says: 'host_only also for a node, with the node itself and no envelope',
    given: node,
    method: 'GET',
    path: `${host(one)}/status`,
    status: 200,
    answer: {
      type: 'host_only',
      host: { last_check: '', status: 'active', error: '' },
      container_manager: { node: one, status: 'ok' },
    },
  },
  {
    section: 'H7',
    says: 'a container manager that fails',
    given: withBrokenManager,
    method: 'GET',
    path: `${host(one)}/status`,
    status: 200,
    answer: {
      type: 'host_only',
      host: { last_check: '', status: 'active', error: '' },
      container_manager: {},
    },
  },
  {
    section: 'H7',
    says: 'here: a container manager that is not there is no reason to say nothing of the host',
    given: [aHost(one), aCluster('c1', [one], { container_manager: 'absent' })],
    method: 'GET',
    path: `${host(one)}/status`,
    status: 200,
    answer: {
      type: 'host_only',
      host: { last_check: '', status: 'active', error: '' },
      container_manager: {},
    },
  },
  {
    section: 'H7',
    says: 'unknown',
    method: 'GET',
    path: `${host(one)}/status`,
    status: 404,
    problem: 'host_not_found',
  },
];

function nodeOfKubernetes({ url, authority, token }: Kubernetes): Row {
  const options = { server_url: url, certificate_authority: authority, token };
  return {
    section: 'H7',
    says: 'the node as an API of Kubernetes has it',
    given: [
      aHost(one),
      aManager('m', { options }),
      aCluster('c1', [], { container_manager: 'm' }),
      { method: 'PUT', path: `${cluster('c1')}/hosts/${one}` },
    ],
    method: 'GET',
    path: `${host(one)}/status`,
    status: 200,
    answer: {
      type: 'host_only',
      host: { last_check: '', status: 'active', error: '' },
      container_manager: expect.objectContaining({ kind: 'Node', metadata: { name: one } }),
    },
  };
}
