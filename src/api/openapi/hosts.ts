import { Type as t } from '@sinclair/typebox';
import { Credentials } from '../../inventory/credentials.ts';
import { Host } from '../../inventory/host.ts';
import { LabelChange, Labels } from '../../inventory/labels.ts';
import type { ProblemCode } from '../../lib/problems.ts';
import { PinnedHostKey } from '../../ssh/host-keys.ts';
import { HostBody, HostKeyBody, HostsQuery, Login } from '../hosts.ts';
import { listRules } from '../list-rules.ts';
import { ImportQuery } from '../query.ts';
import { json, nothing, type RouteDescriptions } from './route-description.ts';

const address = '192.0.2.11';
const at = '2026-01-02T03:04:05.678000';
const fingerprint = 'SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg';

const host = {
  address,
  status: 'disassociated',
  os: 'debian',
  cpus: 8,
  memory: 16_384_000,
  space: 104_857_600,
  last_check: at,
  source: '',
  error: '',
  facts: { kernel: '6.12.0-1-amd64', os_version: '13', package_manager: 'apt', host_key: fingerprint },
  labels: { rack: '3', role: 'db' },
};

/** What is said of a host that has just been registered. */
const fresh = { ...host, status: 'investigating', os: '', cpus: 0, memory: 0, space: 0, last_check: '', facts: {} };
const registration = { remote_user: 'admin', ssh_priv_key: 'LS0tLS1CRUdJTiBPUEVOU1NIIC4uLg==', cluster: 'web' };

export const HostStatus = t.Object({
  type: t.Literal('host_only'),
  host: t.Pick(Host, ['last_check', 'status', 'error']),
  container_manager: t.Record(t.String(), t.Unknown(), {
    description: 'The node as the container manager has it, or empty',
  }),
});

/** As PUT answers with them: without the key. */
const Shown = t.Omit(Credentials, ['ssh_priv_key']);
const shown = { address, remote_user: 'admin', port: 22 };
const public_key = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ8tW0ZHh0tP3p5kq0m2mVnq0o0f0l0m0n0o0p0q0r0s';
const pinned = { address, fingerprint, algorithm: 'ssh-ed25519', public_key, source: 'first_contact', pinned_at: at };

const cannotRegister: readonly ProblemCode[] = [
  'invalid_address',
  'invalid_name',
  'key_unreadable',
  'key_passphrase_protected',
  'cluster_unknown',
  'credentials_differ',
  'host_not_in_cluster',
  'host_in_other_cluster',
];

export const hostDescriptions: RouteDescriptions = {
  'GET /api/v0/hosts': {
    id: 'listHosts',
    summary: 'All hosts, or those of a target in its order',
    list: listRules.hosts,
    tags: 'shown',
    query: HostsQuery,
    answers: { 200: json('The hosts', t.Array(Host), [host]) },
    problems: ['invalid_target', 'cluster_not_found', 'host_not_found'],
  },
  'PUT /api/v0/host': {
    id: 'registerHostByBody',
    summary: 'Registers the host that the body names, or the caller itself',
    tags: 'heeded',
    query: ImportQuery,
    body: HostBody,
    bodyExample: { address, ...registration },
    answers: { 201: json('The host; its investigation begins', Host, fresh) },
    problems: [...cannotRegister, 'registrations_used_up'],
  },
  'GET /api/v0/host/:address': {
    id: 'getHost',
    summary: 'One host',
    tags: 'shown',
    answers: { 200: json('The host', Host, host) },
    problems: ['host_not_found'],
  },
  'PUT /api/v0/host/:address': {
    id: 'registerHost',
    summary: 'Registers a host, or with ?import=true stores it as given. The same one again changes nothing',
    tags: 'heeded',
    query: ImportQuery,
    body: HostBody,
    bodyExample: registration,
    answers: { 201: json('The host; its investigation begins', Host, fresh) },
    problems: [...cannotRegister, 'path_mismatch'],
  },
  'DELETE /api/v0/host/:address': {
    id: 'deleteHost',
    summary: 'Forgets a host, its credentials, its pinned host key and its membership',
    tags: 'heeded',
    answers: { 200: nothing },
    problems: ['host_not_found'],
  },
  'GET /api/v0/host/:address/status': {
    id: 'getHostStatus',
    summary: 'How a host is, with its part in the container manager',
    answers: {
      200: json('The status', HostStatus, {
        type: 'host_only',
        host: { last_check: at, status: 'active', error: '' },
        container_manager: {},
      }),
    },
    problems: ['host_not_found'],
  },
  'GET /api/v0/host/:address/labels': {
    id: 'getHostLabels',
    summary: 'The labels of a host',
    tags: 'shown',
    answers: { 200: json('The labels', Labels, host.labels) },
    problems: ['host_not_found'],
  },
  'PUT /api/v0/host/:address/labels': {
    id: 'replaceHostLabels',
    summary: 'Puts other labels in the place of those there are',
    tags: 'heeded',
    body: Labels,
    bodyExample: host.labels,
    answers: { 200: json('The labels', Labels, host.labels) },
    problems: ['host_not_found'],
  },
  'PATCH /api/v0/host/:address/labels': {
    id: 'changeHostLabels',
    summary: 'Sets the labels given, removes those that are null, keeps the others',
    tags: 'heeded',
    patch: {
      merge: LabelChange,
      example: { role: 'db', old: null },
      lines: [
        { op: 'replace', path: '/role', value: 'db' },
        { op: 'remove', path: '/old' },
      ],
    },
    answers: { 200: json('The labels', Labels, host.labels) },
    problems: ['host_not_found'],
  },
  'GET /api/v0/host/:address/creds': {
    id: 'getCredentials',
    summary: 'How to log in to a host, its private key included; leaves an event that says who read it',
    tags: 'shown',
    answers: { 200: json('The credentials', Credentials, { ...shown, ssh_priv_key: registration.ssh_priv_key }) },
    problems: ['credentials_not_found', 'conflict', 'store_full'],
  },
  'PUT /api/v0/host/:address/creds': {
    id: 'changeCredentials',
    summary: 'Changes the members given; a failed host is investigated again',
    tags: 'heeded',
    body: Login,
    bodyExample: { port: 2222 },
    answers: { 201: json('The credentials, without the key', Shown, { ...shown, port: 2222 }) },
    problems: ['host_not_found', 'key_unreadable', 'key_passphrase_protected'],
  },
  'GET /api/v0/host/:address/hostkey': {
    id: 'getHostKey',
    summary: 'The host key that is pinned for a host',
    tags: 'shown',
    answers: { 200: json('The key', PinnedHostKey, pinned) },
    problems: ['host_not_found', 'host_key_not_found'],
  },
  'PUT /api/v0/host/:address/hostkey': {
    id: 'acceptHostKey',
    summary: 'Says which host key a host must show from now on',
    tags: 'heeded',
    body: HostKeyBody,
    bodyExample: { fingerprint },
    answers: { 201: json('The key', PinnedHostKey, { ...pinned, algorithm: '', public_key: '', source: 'operator' }) },
    problems: ['host_not_found'],
  },
};
