import { aBrokenManager, aCluster, aHost, aManager, cluster, host, hostRecord, one, three, two } from './given.ts';
import type { Row } from './row.ts';

const c1 = cluster('c1');
const hostsOf = `${c1}/hosts`;
const memberOne = `${hostsOf}/${one}`;
const pair = [aHost(one), aHost(two), aCluster('c1', [one, two])];
const managed = [aHost(one), aManager('m'), aCluster('c1', [], { container_manager: 'm' })];
const brokenlyManaged = [aHost(one), aBrokenManager('m'), aCluster('c1', [], { container_manager: 'm' })];
const withBrokenMember = [aHost(one), aBrokenManager('m'), aCluster('c1', [one], { container_manager: 'm' })];
const taken = [aHost(one), aCluster('c2', [one]), aCluster('c1')];

/** C6 to C9 of contract 1.3. */
export const clusterMembers: readonly Row[] = [
  ...replacing(),
  { section: 'C7', says: 'a member', given: pair, method: 'GET', path: memberOne, status: 200, answer: [one] },
  {
    section: 'C7',
    says: 'not a member',
    given: [aHost(one), aCluster('c1')],
    method: 'GET',
    path: memberOne,
    status: 404,
    problem: 'not_a_member',
  },
  {
    section: 'C7',
    says: 'here: unknown cluster 404',
    method: 'GET',
    path: memberOne,
    status: 404,
    problem: 'cluster_not_found',
  },
  ...adding(),
  ...removing(),
];

function replacing(): Row[] {
  const put = { section: 'C6', method: 'PUT', path: hostsOf } as const;
  const record = (hostset: string[], container_manager = '') => ({
    name: 'c1',
    status: '',
    network: 'default',
    hostset,
    container_manager,
  });
  const missing = [{}, { old: [] }, { new: [] }, { old: 5, new: [] }, { old: [], new: 5 }, { old: [], new: [[]] }];
  return [
    {
      ...put,
      says: 'the record in its order, with 200',
      given: [...pair, aHost(three)],
      body: { old: [one, two], new: [two, three] },
      status: 200,
      answer: record([two, three]),
    },
    {
      ...put,
      says: 'duplicates count once, the order of old does not matter',
      given: pair,
      body: { old: [two, one, two], new: [one, one] },
      status: 200,
      answer: record([one]),
    },
    {
      ...put,
      says: 'members that stay are not looked at',
      given: [aHost(one, { status: 'failed' }), aCluster('c1', [one])],
      body: { old: [one], new: [one] },
      status: 200,
      answer: record([one]),
    },
    ...missing.map(
      (body): Row => ({
        ...put,
        says: `not both lists: ${JSON.stringify(body)}`,
        given: pair,
        body,
        status: 400,
        problem: 'invalid_member',
      }),
    ),
    {
      ...put,
      says: 'here: a string is no list 400',
      given: pair,
      body: { old: 'ab', new: [] },
      status: 400,
      problem: 'invalid_member',
    },
    {
      ...put,
      says: 'here: what is no address 400',
      given: pair,
      body: { old: [one, two], new: ['127.1'] },
      status: 400,
      problem: 'invalid_address',
    },
    {
      ...put,
      says: 'lists are looked at before the cluster',
      body: { old: [] },
      status: 400,
      problem: 'invalid_member',
    },
    { ...put, says: 'unknown cluster', body: { old: [], new: [] }, status: 404, problem: 'cluster_not_found' },
    ...[[], [one], [one, two, three]].map(
      (old): Row => ({
        ...put,
        says: `other members than [${old.join(', ')}]`,
        given: pair,
        body: { old, new: [] },
        status: 409,
        problem: 'hostset_changed',
      }),
    ),
    ...['', 'investigating', 'bootstrapping', 'failed'].map(
      (status): Row => ({
        ...put,
        says: `a host that is "${status}" is not suitable`,
        given: [aHost(one, { status }), aCluster('c1')],
        body: { old: [], new: [one] },
        status: 405,
        problem: 'host_not_suitable',
        shows: { allow: undefined },
      }),
    ),
    ...['active', 'disassociated'].map(
      (status): Row => ({
        ...put,
        says: `a host that is "${status}" is suitable`,
        given: [aHost(one, { status }), aCluster('c1')],
        body: { old: [], new: [one] },
        status: 200,
        answer: record([one]),
      }),
    ),
    {
      ...put,
      says: 'here: a host that is not there is 404, not 500',
      given: pair,
      body: { old: [one, two], new: [one, two, three] },
      status: 404,
      problem: 'host_not_found',
    },
    {
      ...put,
      says: 'here: a host of another cluster 409',
      given: taken,
      body: { old: [], new: [one] },
      status: 409,
      problem: 'host_in_other_cluster',
    },
    {
      ...put,
      says: 'here: a container manager that fails is 502, not 500',
      given: brokenlyManaged,
      body: { old: [], new: [one] },
      status: 502,
      problem: 'container_manager_failed',
    },
    {
      section: 'C6',
      says: 'here: and nothing is saved then',
      given: brokenlyManaged,
      method: 'GET',
      path: hostsOf,
      status: 200,
      answer: [],
    },
    {
      ...put,
      says: 'with a container manager',
      given: managed,
      body: { old: [], new: [one] },
      status: 200,
      answer: record([one], 'm'),
    },
    {
      section: 'C6',
      says: 'a host that was added is disassociated without a container manager',
      given: [aHost(one), aCluster('c1'), { ...put, body: { old: [], new: [one] } }],
      method: 'GET',
      path: host(one),
      status: 200,
      answer: hostRecord(one, { status: 'disassociated' }),
    },
    {
      section: 'C6',
      says: 'a host that was added is active with one',
      given: [
        aHost(one, { status: 'disassociated' }),
        aManager('m'),
        aCluster('c1', [], { container_manager: 'm' }),
        { ...put, body: { old: [], new: [one] } },
      ],
      method: 'GET',
      path: host(one),
      status: 200,
      answer: hostRecord(one, { status: 'active' }),
    },
    {
      section: 'C6',
      says: 'a host that was dropped keeps its status',
      given: [...pair, { ...put, body: { old: [one, two], new: [two] } }],
      method: 'GET',
      path: host(one),
      status: 200,
      answer: hostRecord(one, { status: 'active' }),
    },
  ];
}

function adding(): Row[] {
  const put = { section: 'C8', method: 'PUT', path: memberOne } as const;
  return [
    { ...put, says: 'without a body', given: [aHost(one), aCluster('c1')], status: 200, answer: [one] },
    { ...put, says: 'with {}', given: [aHost(one), aCluster('c1')], body: {}, status: 200, answer: [one] },
    { ...put, says: 'a member already', given: pair, body: {}, status: 200, answer: [one] },
    {
      section: 'C8',
      says: 'a member already keeps its status',
      given: [...pair, put],
      method: 'GET',
      path: host(one),
      status: 200,
      answer: hostRecord(one, { status: 'active' }),
    },
    { ...put, says: 'unknown host', given: [aCluster('c1')], status: 404, problem: 'host_not_found' },
    { ...put, says: 'unknown cluster', given: [aHost(one)], status: 404, problem: 'cluster_not_found' },
    ...['', 'investigating', 'bootstrapping', 'failed'].map(
      (status): Row => ({
        ...put,
        says: `a host that is "${status}" is not suitable`,
        given: [aHost(one, { status }), aCluster('c1')],
        status: 405,
        problem: 'host_not_suitable',
        shows: { allow: undefined },
      }),
    ),
    {
      section: 'C8',
      says: 'the host is disassociated without a container manager',
      given: [aHost(one), aCluster('c1'), put],
      method: 'GET',
      path: host(one),
      status: 200,
      answer: hostRecord(one, { status: 'disassociated' }),
    },
    {
      section: 'C8',
      says: 'the host is active with one',
      given: [
        aHost(one, { status: 'disassociated' }),
        aManager('m'),
        aCluster('c1', [], { container_manager: 'm' }),
        put,
      ],
      method: 'GET',
      path: host(one),
      status: 200,
      answer: hostRecord(one, { status: 'active' }),
    },
    {
      ...put,
      says: 'here: a container manager that fails is 502, not 500',
      given: brokenlyManaged,
      status: 502,
      problem: 'container_manager_failed',
    },
    {
      section: 'C8',
      says: 'here: and the host is no member then',
      given: brokenlyManaged,
      method: 'GET',
      path: memberOne,
      status: 404,
      problem: 'not_a_member',
    },
    {
      ...put,
      says: 'here: a retry registers it, or fails again',
      given: brokenlyManaged,
      status: 502,
      problem: 'container_manager_failed',
    },
    {
      ...put,
      says: 'here: a host of another cluster 409',
      given: taken,
      status: 409,
      problem: 'host_in_other_cluster',
    },
  ];
}

function removing(): Row[] {
  const remove = { section: 'C9', method: 'DELETE', path: memberOne } as const;
  return [
    { ...remove, says: 'a member', given: pair, status: 200, answer: [] },
    { ...remove, says: 'not a member', given: [aHost(one), aCluster('c1')], status: 200, answer: [] },
    { ...remove, says: 'not even a host', given: [aCluster('c1')], status: 200, answer: [] },
    { ...remove, says: 'unknown cluster', given: [aHost(one)], status: 404, problem: 'cluster_not_found' },
    {
      ...remove,
      says: 'here: a container manager that fails is 502, not 404',
      given: withBrokenMember,
      status: 502,
      problem: 'container_manager_failed',
    },
    {
      section: 'C9',
      says: 'here: and the host is a member still',
      given: withBrokenMember,
      method: 'GET',
      path: memberOne,
      status: 200,
      answer: [one],
    },
    {
      section: 'C9',
      says: 'it is out of the cluster',
      given: [...pair, remove],
      method: 'GET',
      path: hostsOf,
      status: 200,
      answer: [two],
    },
    {
      section: 'C9',
      says: 'it keeps its status',
      given: [...pair, remove],
      method: 'GET',
      path: host(one),
      status: 200,
      answer: hostRecord(one, { status: 'active' }),
    },
    {
      section: 'C9',
      says: 'it is no node any more',
      given: [...managed, { method: 'PUT', path: memberOne }, remove],
      method: 'GET',
      path: `${host(one)}/status`,
      status: 200,
      answer: {
        type: 'host_only',
        host: { last_check: '', status: 'active', error: '' },
        container_manager: {},
      },
    },
  ];
}
