import { expect } from 'vitest';
import type { ProblemCode } from '../../../src/lib/problems.ts';
import { closedPort } from '../../support/server.ts';
import { makeSshKey } from '../../support/ssh-key.ts';
import { aCluster, aHost, aManager, cluster, host, hostRecord, one, timestamp, two, wholeRecord } from './given.ts';
import type { Row } from './row.ts';

/** How to log in to a machine. */
interface Machine {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Private key file, base64. */
  readonly key: string;
}

const v0 = '/api/v0';
const key = makeSshKey().privateFile;
const otherKey = makeSshKey().privateFile;
const lockedKey = makeSshKey({ passphrase: 'correct horse' }).privateFile;
const registration = { ssh_priv_key: key, port: closedPort };
const investigating = hostRecord(one, { status: 'investigating' });
const known = [aHost(one, { ssh_priv_key: key })];
/** Another host has the name. */
const named: NonNullable<Row['given']> = [{ method: 'PUT', path: host(two), body: { ...registration, name: 'web1' } }];
const member = [...known, aCluster('c1', [one]), aCluster('c2')];

/** H3 and H4 of contract 1.2. @param machine a real sshd */
export function hostRegistration(machine: Machine): Row[] {
  return [...registrations, ...refusedWithoutPath(), ...investigated(machine)];
}

const registrations: readonly Row[] = [
  {
    section: 'H3',
    says: 'a new host, here: investigating from the first',
    method: 'PUT',
    path: host(one),
    body: registration,
    status: 201,
    answer: investigating,
  },
  {
    section: 'H3',
    says: 'no member is required',
    method: 'PUT',
    path: host(one),
    status: 201,
    answer: investigating,
  },
  {
    section: 'H3',
    says: 'remote_user is root, and the key empty, unless they are given',
    given: [{ method: 'PUT', path: host(one), body: { port: closedPort } }],
    method: 'GET',
    path: `${host(one)}/creds`,
    status: 200,
    answer: { address: one, ssh_priv_key: '', remote_user: 'root', port: closedPort },
  },
  {
    section: 'H3',
    says: 'remote_user as it is given',
    given: [{ method: 'PUT', path: host(one), body: { ...registration, remote_user: 'ops' } }],
    method: 'GET',
    path: `${host(one)}/creds`,
    status: 200,
    answer: { address: one, ssh_priv_key: key, remote_user: 'ops', port: closedPort },
  },
  ...['', null].map(
    (value): Row => ({
      section: 'H3',
      says: `a cluster of ${JSON.stringify(value)} is none`,
      method: 'PUT',
      path: host(one),
      body: { ...registration, cluster: value },
      status: 201,
      answer: investigating,
    }),
  ),
  {
    section: 'H3',
    says: 'members of the record are accepted, here: and ignored',
    method: 'PUT',
    path: host(one),
    body: { ...wholeRecord, ...registration },
    status: 201,
    answer: investigating,
  },
  {
    section: 'H3',
    says: 'a member named host, as the manual has it, is ignored',
    method: 'PUT',
    path: host(one),
    body: { ...registration, host: two },
    status: 201,
    answer: investigating,
  },
  {
    section: 'H3',
    says: 'here: the key has to be one',
    method: 'PUT',
    path: host(one),
    body: { ...registration, ssh_priv_key: 'no base64!' },
    status: 400,
    problem: 'key_unreadable',
  },
  {
    section: 'H3',
    says: 'here: and must not ask for a passphrase',
    method: 'PUT',
    path: host(one),
    body: { ...registration, ssh_priv_key: lockedKey },
    status: 400,
    problem: 'key_passphrase_protected',
  },
  {
    section: 'H3',
    says: 'here: a name that another host has',
    given: named,
    method: 'PUT',
    path: host(one),
    body: { ...registration, name: 'web1' },
    status: 409,
    problem: 'name_taken',
  },
  {
    section: 'H3.1',
    says: 'no address is nothing at that path but the other route',
    method: 'PUT',
    path: `${v0}/host//`,
    body: registration,
    status: 404,
    problem: 'route_not_found',
  },
  {
    section: 'H3.1',
    says: 'here: what is no address 400',
    method: 'PUT',
    path: host('127.1'),
    body: registration,
    status: 400,
    problem: 'invalid_address',
  },
  {
    section: 'H3.2',
    says: 'an unknown cluster',
    method: 'PUT',
    path: host(one),
    body: { ...registration, cluster: 'absent' },
    status: 409,
    problem: 'cluster_unknown',
  },
  {
    section: 'H3.2',
    says: 'before anything else: also of a host that is there, with another key',
    given: known,
    method: 'PUT',
    path: host(one),
    body: { ssh_priv_key: otherKey, cluster: 'absent' },
    status: 409,
    problem: 'cluster_unknown',
  },
  {
    section: 'H3.2',
    says: 'before the key is looked at',
    method: 'PUT',
    path: host(one),
    body: { ssh_priv_key: 'unreadable', cluster: 'absent' },
    status: 409,
    problem: 'cluster_unknown',
  },
  {
    section: 'H3.2',
    says: 'here: what is no name of a cluster 400',
    method: 'PUT',
    path: host(one),
    body: { ...registration, cluster: 'a b' },
    status: 400,
    problem: 'invalid_name',
  },
  {
    section: 'H3.3',
    says: 'the same key again: the record there is',
    given: [aHost(one, { ...wholeRecord, ssh_priv_key: key })],
    method: 'PUT',
    path: host(one),
    body: registration,
    status: 201,
    answer: hostRecord(one, wholeRecord),
  },
  {
    section: 'H3.3',
    says: 'another key',
    given: known,
    method: 'PUT',
    path: host(one),
    body: { ssh_priv_key: otherKey },
    status: 409,
    problem: 'credentials_differ',
  },
  {
    section: 'H3.3',
    says: 'another key, which cannot be read',
    given: known,
    method: 'PUT',
    path: host(one),
    body: { ssh_priv_key: 'unreadable' },
    status: 409,
    problem: 'credentials_differ',
  },
  {
    section: 'H3.3',
    says: 'no key counts as an empty one, which differs',
    given: known,
    method: 'PUT',
    path: host(one),
    body: {},
    status: 409,
    problem: 'credentials_differ',
  },
  {
    section: 'H3.3',
    says: 'no key counts as an empty one, which is the same',
    given: [aHost(one)],
    method: 'PUT',
    path: host(one),
    body: {},
    status: 201,
    answer: hostRecord(one, { status: 'active' }),
  },
  {
    section: 'H3.3',
    says: 'a cluster that it is not in',
    given: member,
    method: 'PUT',
    path: host(one),
    body: { ssh_priv_key: key, cluster: 'c2' },
    status: 409,
    problem: 'host_not_in_cluster',
  },
  {
    section: 'H3.3',
    says: 'the same key and the cluster it is in',
    given: member,
    method: 'PUT',
    path: host(one),
    body: { ssh_priv_key: key, cluster: 'c1' },
    status: 201,
    answer: hostRecord(one, { status: 'active' }),
  },
  {
    section: 'H3.3',
    says: 'another remote_user is ignored',
    given: [...known, { method: 'PUT', path: host(one), body: { ssh_priv_key: key, remote_user: 'other' } }],
    method: 'GET',
    path: `${host(one)}/creds`,
    status: 200,
    answer: { address: one, ssh_priv_key: key, remote_user: 'root', port: 22 },
  },
  {
    section: 'H3.4',
    says: 'it joins the cluster at once',
    given: [aCluster('c1'), { method: 'PUT', path: host(one), body: { ...registration, cluster: 'c1' } }],
    method: 'GET',
    path: `${cluster('c1')}/hosts`,
    status: 200,
    answer: [one],
  },
  {
    section: 'H3.4',
    says: 'it can be read at once',
    given: [{ method: 'PUT', path: host(one), body: registration }],
    method: 'GET',
    path: `${v0}/hosts`,
    status: 200,
    answer: [expect.objectContaining({ address: one })],
  },
  {
    section: 'H3.4',
    says: 'it is investigated: one that cannot be reached has failed, and says why',
    given: [{ method: 'PUT', path: host(one), body: registration }],
    method: 'GET',
    path: host(one),
    eventually: true,
    status: 200,
    answer: hostRecord(one, { status: 'failed', error: expect.stringContaining(one) }),
  },
  ...[
    { ssh_priv_key: 5 },
    { remote_user: 5 },
    { remote_user: null },
    { cluster: 5 },
    { cluster: ['c1'] },
    { address: 5 },
  ].map(
    (wrong): Row => ({
      section: 'H3.4',
      says: `a wrong type: ${JSON.stringify(wrong)}`,
      given: [aCluster('c1')],
      method: 'PUT',
      path: host(one),
      body: { ...registration, cluster: 'c1', ...wrong },
      status: 400,
      problem: 'invalid_member',
    }),
  ),
  {
    section: 'H3.4',
    says: 'here: what was refused leaves no member behind',
    given: [aCluster('c1')],
    method: 'GET',
    path: `${cluster('c1')}/hosts`,
    status: 200,
    answer: [],
  },
  {
    section: 'H3.4',
    says: 'here: nor credentials',
    given: [aCluster('c1')],
    method: 'GET',
    path: `${host(one)}/creds`,
    status: 404,
    problem: 'credentials_not_found',
  },
  {
    section: 'H3',
    says: 'here: imported into one cluster while it is in another 409',
    given: member,
    method: 'PUT',
    path: `${host(one)}?import=true`,
    body: { cluster: 'c2' },
    status: 409,
    problem: 'host_in_other_cluster',
  },
  {
    section: 'H3',
    says: 'here: imported into another cluster, before the key is looked at',
    given: member,
    method: 'PUT',
    path: `${host(one)}?import=true`,
    body: { cluster: 'c2', ssh_priv_key: 'unreadable' },
    status: 409,
    problem: 'host_in_other_cluster',
  },
  {
    section: 'H3',
    says: 'here: imported into an unknown cluster, before the key is looked at',
    method: 'PUT',
    path: `${host(one)}?import=true`,
    body: { cluster: 'absent', ssh_priv_key: 'unreadable' },
    status: 409,
    problem: 'cluster_unknown',
  },
  {
    section: 'H4',
    says: 'the address in the body',
    method: 'PUT',
    path: `${v0}/host`,
    body: { ...registration, address: one },
    status: 201,
    answer: investigating,
  },
  {
    section: 'H4',
    says: 'here: without one that of the connection, as the manual has it',
    method: 'PUT',
    path: `${v0}/host`,
    body: { ssh_priv_key: key, port: closedPort, remote_user: 'root' },
    status: 201,
    answer: hostRecord('127.0.0.1', { status: 'investigating' }),
  },
  {
    section: 'H4',
    says: 'here: without a body, too',
    method: 'PUT',
    path: `${v0}/host`,
    body: { port: closedPort },
    status: 201,
    answer: hostRecord('127.0.0.1', { status: 'investigating' }),
  },
  {
    section: 'H4',
    says: 'here: what a header says of the address counts for nothing',
    method: 'PUT',
    path: `${v0}/host`,
    headers: { 'x-forwarded-for': one },
    body: registration,
    status: 201,
    answer: hostRecord('127.0.0.1', { status: 'investigating' }),
  },
];

/** What the route with the address in the path refuses is refused without it as well. */
function refusedWithoutPath(): Row[] {
  const cases: Array<[ProblemCode, number, object]> = [
    ['invalid_address', 400, { address: '127.1' }],
    ['invalid_member', 400, { remote_user: 5 }],
    ['invalid_name', 400, { cluster: 'a b' }],
    ['key_unreadable', 400, { ssh_priv_key: 'no base64!' }],
    ['key_passphrase_protected', 400, { ssh_priv_key: lockedKey }],
    ['cluster_unknown', 409, { cluster: 'absent' }],
    ['credentials_differ', 409, { ssh_priv_key: otherKey }],
    ['host_not_in_cluster', 409, { cluster: 'c2' }],
  ];
  const rows = cases.map(
    ([problem, status, wrong]): Row => ({
      section: 'H4',
      says: `as with the address in the path: ${problem}`,
      // The key is judged of a new host only.
      given: problem.startsWith('key_') ? [] : member,
      method: 'PUT',
      path: `${v0}/host`,
      body: { ...registration, address: one, ...wrong },
      status,
      problem,
    }),
  );
  const imported: Row = {
    section: 'H4',
    says: 'as with the address in the path: host_in_other_cluster',
    given: member,
    method: 'PUT',
    path: `${v0}/host?import=true`,
    body: { address: one, cluster: 'c2' },
    status: 409,
    problem: 'host_in_other_cluster',
  };
  const taken: Row = {
    section: 'H4',
    says: 'as with the address in the path: name_taken',
    given: named,
    method: 'PUT',
    path: `${v0}/host`,
    body: { ...registration, address: one, name: 'web1' },
    status: 409,
    problem: 'name_taken',
  };
  return [...rows, imported, taken];
}

/** What its investigation finds of a machine that a real sshd stands for. */
function investigated({ address, port, key: ssh_priv_key, user: remote_user }: Machine): Row[] {
  const login = { ssh_priv_key, port, remote_user };
  const record = hostRecord(address, {
    status: 'disassociated',
    os: expect.stringMatching(/^[a-z]+$/),
    cpus: expect.any(Number),
    memory: expect.any(Number),
    space: expect.any(Number),
    last_check: timestamp,
    facts: {
      kernel: expect.stringMatching(/./),
      boot_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      os_version: expect.any(String),
      package_manager: expect.any(String),
      host_key: expect.stringMatching(/^SHA256:/),
      machine_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  });
  return [
    {
      section: 'H3.4',
      says: 'it is investigated: one that can be used is disassociated, and its record is filled',
      given: [{ method: 'PUT', path: host(address), body: login }],
      method: 'GET',
      path: host(address),
      eventually: true,
      status: 200,
      answer: record,
    },
    {
      section: '3.1',
      says: 'one that joined a cluster with a container manager becomes active',
      given: [
        aManager('m'),
        aCluster('c1', [], { container_manager: 'm' }),
        { method: 'PUT', path: host(address), body: { ...login, cluster: 'c1' } },
      ],
      method: 'GET',
      path: host(address),
      eventually: true,
      status: 200,
      answer: { ...record, status: 'active' },
    },
  ];
}
