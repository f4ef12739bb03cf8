import { aCluster, aNetwork, network } from './given.ts';
import type { Row } from './row.ts';

const v0 = '/api/v0';
const overlay = network('overlay');
const etcd = { name: 'overlay', type: 'flannel_etcd', options: {} };
const server = { name: 'overlay', type: 'flannel_server', options: { address: '192.0.2.1:8080' } };
const put = { section: 'N3', method: 'PUT', path: overlay } as const;

/** Contract 1.5, and of section 2 what it says of networks. */
export const networks: readonly Row[] = [
  {
    section: '2.4',
    says: 'the default network is there, here: from the first start',
    method: 'GET',
    path: network('default'),
    status: 200,
    answer: { name: 'default', type: 'flannel_etcd', options: {} },
  },
  {
    section: 'N1',
    says: 'an array of names',
    given: [aNetwork('overlay'), aNetwork('another')],
    method: 'GET',
    path: `${v0}/networks`,
    status: 200,
    answer: ['another', 'default', 'overlay'],
  },
  {
    section: 'N1',
    says: 'an empty list: default can be deleted',
    given: [{ method: 'DELETE', path: network('default') }],
    method: 'GET',
    path: `${v0}/networks`,
    status: 200,
    answer: [],
  },
  {
    section: 'N1',
    says: 'here: a parameter it does not know 400',
    method: 'GET',
    path: `${v0}/networks?colour=red`,
    status: 400,
    problem: 'invalid_member',
  },
  {
    section: 'N2',
    says: 'the record',
    given: [aNetwork('overlay', server)],
    method: 'GET',
    path: overlay,
    status: 200,
    answer: server,
  },
  { section: 'N2', says: 'unknown', method: 'GET', path: overlay, status: 404, problem: 'network_not_found' },
  { ...put, says: 'without a body a flannel_etcd without options', status: 201, answer: etcd },
  { ...put, says: 'as it is given', body: { type: server.type, options: server.options }, status: 201, answer: server },
  {
    ...put,
    says: 'flannel_server without an address is accepted',
    body: { type: 'flannel_server' },
    status: 201,
    answer: { ...server, options: {} },
  },
  { ...put, says: 'the same again', given: [aNetwork('overlay')], body: etcd, status: 201, answer: etcd },
  {
    ...put,
    says: 'the same again, by its defaults',
    given: [aNetwork('overlay', etcd)],
    body: {},
    status: 201,
    answer: etcd,
  },
  ...[{ type: 'flannel_server' }, { options: { address: 'x' } }].map(
    (body): Row => ({
      ...put,
      says: `another one: ${JSON.stringify(body)}`,
      given: [aNetwork('overlay')],
      body,
      status: 409,
      problem: 'network_differs',
    }),
  ),
  {
    section: 'N3',
    says: 'another one leaves the one there is',
    given: [aNetwork('overlay')],
    method: 'GET',
    path: overlay,
    status: 200,
    answer: etcd,
  },
  ...[
    { type: 'flanneld_service' },
    { type: '' },
    { type: null },
    { type: 5 },
    { options: null },
    { options: 'address' },
    { options: [] },
    { name: 5 },
  ].map(
    (body): Row => ({
      ...put,
      says: `a wrong type: ${JSON.stringify(body)}`,
      body,
      status: 400,
      problem: 'invalid_member',
    }),
  ),
  ...[{ type: 'flanneld_service' }, { type: null }, { options: 'address' }, { options: [] }].map(
    (body): Row => ({
      ...put,
      says: `of one that is there a wrong type is another one: ${JSON.stringify(body)}`,
      given: [aNetwork('overlay')],
      body,
      status: 409,
      problem: 'network_differs',
    }),
  ),
  {
    section: 'N4',
    says: 'an empty array',
    given: [aNetwork('overlay')],
    method: 'DELETE',
    path: overlay,
    status: 200,
    answer: [],
  },
  {
    section: 'N4',
    says: 'it is gone',
    given: [aNetwork('overlay'), { method: 'DELETE', path: overlay }],
    method: 'GET',
    path: overlay,
    status: 404,
    problem: 'network_not_found',
  },
  { section: 'N4', says: 'here: one that is not there 200', method: 'DELETE', path: overlay, status: 200, answer: [] },
  { section: 'N4', says: 'also default', method: 'DELETE', path: network('default'), status: 200, answer: [] },
  {
    section: 'N4',
    says: 'here: one that a cluster uses 409',
    given: [aNetwork('overlay'), aCluster('c1', [], { network: 'overlay' })],
    method: 'DELETE',
    path: overlay,
    status: 409,
    problem: 'in_use',
  },
];
