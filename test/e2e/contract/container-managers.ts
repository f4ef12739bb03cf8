import { aCluster, aManager, manager } from './given.ts';
import type { Row } from './row.ts';

const v0 = '/api/v0';
const path = manager('m');
const server_url = 'https://192.0.2.5:8443';
const openshift = { name: 'm', type: 'openshift', options: { server_url } };
const trivial = { name: 'm', type: 'trivial', options: {} };
const put = { section: 'M3', method: 'PUT', path } as const;

/** Contract 1.6, and of section 2 what it says of container managers. */
export const containerManagers: readonly Row[] = [
  { section: 'M1', says: 'an empty list', method: 'GET', path: `${v0}/containermanagers`, status: 200, answer: [] },
  {
    section: 'M1',
    says: 'an array of names',
    given: [aManager('m2'), aManager('m1')],
    method: 'GET',
    path: `${v0}/containermanagers`,
    status: 200,
    answer: ['m1', 'm2'],
  },
  {
    section: 'M1',
    says: 'here: a parameter it does not know 400',
    method: 'GET',
    path: `${v0}/containermanagers?colour=red`,
    status: 400,
    problem: 'invalid_member',
  },
  {
    section: 'M2',
    says: 'the record',
    given: [aManager('m', openshift)],
    method: 'GET',
    path,
    status: 200,
    answer: openshift,
  },
  {
    section: 'M2',
    says: 'here: without its secrets',
    given: [aManager('m', { options: { server_url, token: 'of-the-tests' } })],
    method: 'GET',
    path,
    status: 200,
    answer: { ...openshift, options: { server_url, token: '***' } },
  },
  { section: 'M2', says: 'unknown', method: 'GET', path, status: 404, problem: 'container_manager_not_found' },
  {
    ...put,
    says: 'openshift unless it says otherwise',
    body: { options: { server_url } },
    status: 201,
    answer: openshift,
  },
  {
    ...put,
    says: 'the option that the manual calls apiserver is server_url',
    body: { options: { apiserver: server_url } },
    status: 201,
    answer: openshift,
  },
  { ...put, says: 'trivial', body: { type: 'trivial' }, status: 201, answer: trivial },
  ...[
    { options: { server_url: 'nowhere', colour: 'red' } },
    { type: 'swarm' },
    { type: null },
    { options: 'server_url' },
    { options: { server_url: 'https://192.0.2.66:8443', token: '***' } },
  ].map(
    (body): Row => ({
      ...put,
      says: `of one that is there what cannot be is another one: ${JSON.stringify(body)}`,
      given: [aManager('m', openshift)],
      body,
      status: 409,
      problem: 'container_manager_differs',
    }),
  ),
  {
    ...put,
    says: 'here: kubernetes is a type, too',
    body: { type: 'kubernetes', options: { server_url } },
    status: 201,
    answer: { ...openshift, type: 'kubernetes' },
  },
  {
    ...put,
    says: 'here: the answer has no secrets either',
    body: { options: { server_url, username: 'a', password: 'of-the-tests' } },
    status: 201,
    answer: { ...openshift, options: { server_url, username: 'a', password: '***' } },
  },
  {
    ...put,
    says: 'the same again',
    given: [aManager('m', openshift)],
    body: openshift,
    status: 201,
    answer: openshift,
  },
  {
    ...put,
    says: 'here: the same again with the mask of its secret',
    given: [aManager('m', { options: { server_url, token: 'of-the-tests' } })],
    body: { options: { server_url, token: '***' } },
    status: 201,
    answer: { ...openshift, options: { server_url, token: '***' } },
  },
  ...[{ type: 'trivial' }, { options: { server_url: 'https://192.0.2.6:8443' } }].map(
    (body): Row => ({
      ...put,
      says: `another one: ${JSON.stringify(body)}`,
      given: [aManager('m', openshift)],
      body,
      status: 409,
      problem: 'container_manager_differs',
    }),
  ),
  ...[
    { type: 'docker' },
    { type: '' },
    { type: null },
    { type: 5 },
    { options: null },
    { options: 'a=b' },
    { options: [] },
    { name: 5 },
  ].map(
    (body): Row => ({
      ...put,
      says: `a wrong type: ${JSON.stringify(body)}`,
      body: { type: 'trivial', ...body },
      status: 400,
      problem: 'invalid_member',
    }),
  ),
  ...[
    {},
    { apiserver: 5 },
    { server_url, apiserver: server_url },
    { server_url: 5 },
    { server_url, tokn: 'misspelt' },
  ].map(
    (options): Row => ({
      ...put,
      says: `here: options that cannot work 400: ${JSON.stringify(options)}`,
      body: { type: 'openshift', options },
      status: 400,
      problem: 'invalid_member',
    }),
  ),
  { section: 'M4', says: 'an empty array', given: [aManager('m')], method: 'DELETE', path, status: 200, answer: [] },
  {
    section: 'M4',
    says: 'it is gone',
    given: [aManager('m'), { method: 'DELETE', path }],
    method: 'GET',
    path,
    status: 404,
    problem: 'container_manager_not_found',
  },
  { section: 'M4', says: 'here: one that is not there 200', method: 'DELETE', path, status: 200, answer: [] },
  {
    section: 'M4',
    says: 'here: one that a cluster uses 409',
    given: [aManager('m'), aCluster('c1', [], { container_manager: 'm' })],
    method: 'DELETE',
    path,
    status: 409,
    problem: 'in_use',
  },
];
