import { expect } from 'vitest';
import { maxBodyBytes } from '../../../src/api/body.ts';
import { allowedMethods, rulesFor } from '../../../src/api/route-match.ts';
import { aHost, cluster, clusterSummary, host, hostRecord, manager, network, one, three, two } from './given.ts';
import { askOf, type ContractRoute, contractRoutes, furnished } from './routes.ts';
import type { Row } from './row.ts';

const v0 = '/api/v0';
const json = { 'content-type': 'application/json' };
const taking = contractRoutes.filter(({ method }) => method === 'PUT');
const strangers = { authorization: `Basic ${btoa('admin:wrong')}` };
const active = hostRecord(one, { status: 'active' });

/** Contract 1.1 and 1.7: what holds for each route, and what holds for none. */
export const commonRules: readonly Row[] = [
  ...contractRoutes.flatMap(everyRoute),
  ...contractRoutes.filter(({ method }) => method === 'GET').map(heads),
  ...contractRoutes.filter(({ conditional }) => conditional).flatMap(conditions),
  ...taking.flatMap(bodies),
  ...contractRoutes.filter(({ method }) => method === 'DELETE').flatMap(deletions),
  ...[...new Set(contractRoutes.map(({ path }) => path))].flatMap(verbs),
  ...parameters(),
  ...characters(),
  ...others(),
];

function everyRoute(route: ContractRoute): Row[] {
  const { strict, status } = route;
  const ask = askOf(route);
  const refused = { ...ask, section: '1.1' };
  return [
    { ...refused, says: 'success, as JSON', status, answer: expect.anything() },
    {
      ...refused,
      path: `${ask.path}/`,
      says: strict === true ? 'here: a trailing slash is accepted on this one, too' : 'a trailing slash is accepted',
      status,
      answer: expect.anything(),
    },
    { ...refused, path: `${ask.path}//`, says: 'two are not', status: 404, problem: 'route_not_found' },
    {
      ...refused,
      says: 'here: no credentials 401',
      headers: { authorization: '' },
      status: 401,
      problem: 'credentials_required',
      shows: { 'www-authenticate': /^Basic realm=/ },
    },
    {
      ...refused,
      says: 'wrong credentials',
      headers: strangers,
      status: 403,
      problem: 'credentials_refused',
      shows: { 'www-authenticate': undefined },
    },
    {
      ...refused,
      says: 'here: a host that is none 400',
      headers: { host: '%%%' },
      status: 400,
      problem: 'invalid_url',
    },
  ];
}

function heads(route: ContractRoute): Row {
  return { ...askOf(route), section: '1.1', method: 'HEAD', says: 'here: HEAD is answered', status: 200, silent: true };
}

/** Of our own, and no client of the original says them. */
function conditions(route: ContractRoute): Row[] {
  const ask = askOf(route);
  const row = { ...ask, section: '1.1' };
  const name = ask.method === 'GET' ? 'if-none-match' : 'if-match';
  const malformed: Row = {
    ...row,
    says: `here: ${name} that names no tags 400`,
    headers: { [name]: 'nonsense' },
    status: 400,
    problem: 'invalid_member',
  };
  if (ask.method === 'GET') return [malformed];
  const unmet: Row = {
    ...row,
    says: `here: ${name} of another record 412`,
    headers: { [name]: '"0"' },
    status: 412,
    problem: 'precondition_failed',
  };
  return [malformed, unmet];
}

function bodies(route: ContractRoute): Row[] {
  const { status } = route;
  const ask = askOf(route);
  const row = { ...ask, section: '1.1' };
  const given = ask.body === undefined ? {} : Object(ask.body);
  const raw = JSON.stringify(given);
  const broken: Array<[string, string | Uint8Array]> = [
    ['half an object', '{"a":'],
    ['a form', 'a=b'],
    ['what is not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['a string', '"text"'],
    ['here: a number', '5'],
    ['here: null', 'null'],
    ['here: true', 'true'],
    ['here: an empty array', '[]'],
    ['here: an array of words of two letters', '["ab","cd"]'],
    ['here: an array of pairs', '[["address","127.66.0.9"],["name","c9"]]'],
  ];
  return [
    ...broken.map(
      ([what, sent]): Row => ({ ...row, says: `${what} is no body`, raw: sent, status: 400, problem: 'invalid_body' }),
    ),
    {
      ...row,
      says: 'here: too large a body 413',
      raw: ' '.repeat(maxBodyBytes + 1),
      status: 413,
      problem: 'body_too_large',
    },
    {
      ...row,
      says: 'here: a body with a content encoding 415',
      raw: '{}',
      headers: { 'content-encoding': 'gzip' },
      status: 415,
      problem: 'encoding_unsupported',
      shows: { 'accept-encoding': 'identity' },
    },
    {
      ...row,
      says: 'the content type says nothing, unknown members neither',
      raw: JSON.stringify({ ...given, colour: 'red', id: 5 }),
      headers: { 'content-type': 'text/plain' },
      status,
      answer: expect.anything(),
    },
    {
      ...row,
      says: 'here: a chunked body counts like any other',
      raw,
      chunked: true,
      status,
      answer: expect.anything(),
    },
  ];
}

function deletions(route: ContractRoute): Row[] {
  const { status } = route;
  const row = { ...askOf(route), section: '1.1', headers: json, status, answer: [] };
  return ['{}', '{"address":', '[]'].map((raw): Row => ({ ...row, says: `the body ${raw} is ignored`, raw }));
}

function verbs(path: string): Row[] {
  const rules = rulesFor(path);
  const known: readonly string[] = rules.map(({ method }) => method);
  const allow = allowedMethods(rules).join(', ');
  const row = { section: '1.1', path, given: furnished };
  const unknown = ['GET', 'POST', 'PUT', 'DELETE', 'TRACE'].filter((verb) => !known.includes(verb));
  return [
    ...unknown.map(
      (method): Row => ({
        ...row,
        method,
        says: 'here: a wrong verb is 405, not 404',
        status: 405,
        problem: 'method_not_allowed',
        shows: { allow },
      }),
    ),
    { ...row, method: 'OPTIONS', says: 'here: OPTIONS is answered', status: 204, silent: true, shows: { allow } },
  ];
}

function parameters(): Row[] {
  const base = { section: '1.1', given: furnished };
  const mismatch = (path: string, body: object): Row => ({
    ...base,
    says: 'here: a body that names another object 400',
    method: 'PUT',
    path,
    body,
    status: 400,
    problem: 'path_mismatch',
  });
  const same = (path: string, body: object, answer: unknown): Row => ({
    ...base,
    says: 'a body that names the same object',
    method: 'PUT',
    path,
    body,
    status: 201,
    answer,
  });
  const overridden = (method: string, inQuery: string, then: string): Row => ({
    section: '1.1',
    says: `here: ${method} with ?_method=${inQuery} is a ${method}: the host is still there, and ${then}`,
    given: [aHost(one), { method, path: `${host(one)}?_method=${inQuery}`, ...(method === 'PUT' ? { body: {} } : {}) }],
    method: 'GET',
    path: host(one),
    status: 200,
    answer: active,
  });
  return [
    mismatch(host(one), { address: two }),
    mismatch(cluster('c1'), { name: 'idle' }),
    mismatch(network('n1'), { name: 'n2' }),
    mismatch(manager('m1'), { type: 'trivial', name: 'm2' }),
    same(host(one), { address: one }, active),
    same(cluster('c1'), { name: 'c1' }, clusterSummary('c1')),
    same(network('n1'), { name: 'n1' }, { name: 'n1', type: 'flannel_etcd', options: {} }),
    same(manager('m1'), { name: 'm1', type: 'trivial' }, { name: 'm1', type: 'trivial', options: {} }),
    {
      ...base,
      says: 'here: the query names no other object',
      method: 'GET',
      path: `${host(one)}?address=${two}&address=${three}`,
      status: 200,
      answer: active,
    },
    {
      section: '1.1',
      says: 'here: nor for a DELETE: the other one is still there',
      given: [aHost(one), aHost(two), { method: 'DELETE', path: `${host(two)}?address=${one}` }],
      method: 'GET',
      path: host(one),
      status: 200,
      answer: active,
    },
    overridden('GET', 'DELETE', 'nothing was deleted'),
    overridden('PUT', 'DELETE', 'nothing was deleted'),
    {
      ...base,
      says: 'here: ?_method makes no other verb of an unknown one either',
      method: 'POST',
      path: `${host(one)}?_method=GET`,
      status: 405,
      problem: 'method_not_allowed',
    },
    {
      section: '1.1',
      says: 'no body is no parameters',
      method: 'PUT',
      path: cluster('c9'),
      status: 201,
      answer: clusterSummary('c9'),
    },
    {
      section: '1.1',
      says: 'an empty object is fine',
      method: 'PUT',
      path: cluster('c9'),
      body: {},
      status: 201,
      answer: clusterSummary('c9'),
    },
    {
      section: '1.1',
      says: 'a body with GET says nothing',
      given: furnished,
      method: 'GET',
      path: `${v0}/clusters`,
      raw: '{"name":',
      status: 200,
      answer: ['c1', 'idle'],
    },
  ];
}

/** One request per route and way to name what it is about. */
function characters(): Row[] {
  const rows = contractRoutes.flatMap((route): Row[] => {
    const ask = askOf(route);
    const row = { ...ask, section: '1.1' };
    const inName = /\/(cluster|network|containermanager)\/(\w+)/;
    const inAddress = /(\d+\.){3}\d+/;
    const says = (what: string) => `here: ${what} is 400, not 404`;
    const names: Row[] = ['a.b', 'a%20b', 'a%2Fb', '%C3%A9'].map((name) => ({
      ...row,
      says: says(`the name ${name}`),
      path: ask.path.replace(inName, `/$1/${name}`),
      status: 400,
      problem: 'invalid_name',
    }));
    const addresses: Row[] = ['127.1', 'a%20b', 'a%2Fb', '-'].map((address) => ({
      ...row,
      says: says(`the address ${address}`),
      path: ask.path.replace(inAddress, address),
      status: 400,
      problem: 'invalid_address',
    }));
    return [...(inName.test(ask.path) ? names : []), ...(inAddress.test(ask.path) ? addresses : [])];
  });
  const unknown = (says: string, path: string): Row => ({
    section: '1.1',
    says,
    method: 'GET',
    path,
    status: 404,
    problem: 'route_not_found',
  });
  const allowed = (address: string): Row => ({
    section: '1.1',
    says: `the address ${address} is one`,
    given: [aHost(address)],
    method: 'GET',
    path: host(address),
    status: 200,
    answer: hostRecord(address, { status: 'active' }),
  });
  return [
    ...rows,
    ...['192.0.2.7', 'node_7-a.example.com', 'localhost'].map(allowed),
    { ...allowed('2001:db8::1'), says: 'here: an IPv6 address is one, too' },
    ...['web', 'WEB-2_b', '7'].map(
      (name): Row => ({
        section: '1.1',
        says: `the name ${name} is one`,
        method: 'PUT',
        path: cluster(name),
        status: 201,
        answer: clusterSummary(name),
      }),
    ),
    unknown('a slash in a name', `${cluster('a/b')}`),
    unknown('a slash in an address', host('a/b')),
    { ...unknown('here: a percent sign that encodes nothing', host('%zz')), status: 400, problem: 'invalid_url' },
  ];
}

function others(): Row[] {
  const nonsense = { section: '1.1', method: 'GET', path: `${v0}/nonsense` } as const;
  return [
    { ...nonsense, says: 'a path that is not there', status: 404, problem: 'route_not_found' },
    { ...nonsense, says: 'nor under another prefix', path: '/hosts', status: 404, problem: 'route_not_found' },
    {
      ...nonsense,
      says: 'here: a path that is not there is 401 for nobody, as any other',
      headers: { authorization: '' },
      status: 401,
      problem: 'credentials_required',
    },
    {
      ...nonsense,
      says: 'a path that is not there is 403 for strangers, as any other',
      headers: strangers,
      status: 403,
      problem: 'credentials_refused',
    },
    {
      section: '1.7',
      says: 'the status of an older version, here: again, and with more',
      method: 'GET',
      path: `${v0}/status`,
      status: 200,
      answer: {
        etcd: { status: 'OK' },
        investigator: { status: 'OK', info: { size: expect.any(Number), in_use: expect.any(Number), errors: [] } },
        watcher: { status: 'FAILED', info: { size: 0, in_use: 0, errors: [expect.any(String)] } },
        version: expect.any(String),
        operations: { running: expect.any(Number) },
      },
    },
    {
      section: '1.7',
      says: 'here: secrets, as CPD-101 proposed',
      method: 'GET',
      path: `${v0}/secrets`,
      status: 200,
      answer: [],
    },
  ];
}
