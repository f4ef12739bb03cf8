import { type Static, Type as t } from '@sinclair/typebox';
import { Credentials } from '../inventory/credentials.ts';
import { Host, HostFacts, hostStatuses } from '../inventory/host.ts';
import { LabelChange, Labels } from '../inventory/labels.ts';
import { SameMachine } from '../inventory/same-machine.ts';
import type { ProblemCode } from '../lib/problems.ts';
import { PinnedHostKey } from '../ssh/host-keys.ts';
import type { ListRules } from './list-query.ts';
import { ForceQuery, parameter, RegistrationQuery } from './query.ts';
import { declareRoutes, json, nothing } from './route-group.ts';

const fingerprint = t.String({
  pattern: '^SHA256:[A-Za-z0-9+/]{43}$',
  description: 'Fingerprint of the only host key that the machine may show, as ssh-keygen -l prints it',
  form: 'the fingerprint of a host key: SHA256: and 43 characters, as ssh-keygen -l prints it',
});
export const Login = t.Partial(t.Omit(Credentials, ['address']));

/** Members that only an import may set; a registration ignores them. */
export const serverOwned = t.Partial(t.Omit(Host, ['address', 'labels', 'name']));
const ignored = Object.fromEntries(Object.keys(serverOwned.properties).map((name) => [name, t.Optional(t.Unknown())]));
export const HostBody = t.Object({
  ...Login.properties,
  address: t.Optional(t.String()),
  cluster: t.Optional(
    t.Union([t.String(), t.Null()], {
      description: 'Name of the cluster that it joins; null or empty for none',
      form: 'the name of a cluster, or null',
    }),
  ),
  host_key: t.Optional(fingerprint),
  labels: t.Optional(Labels),
  name: t.Optional(t.String({ description: 'A name that stands for the address, spelled as a DNS name' })),
  ...ignored,
});

/** A host as it is answered alone, with what only such an answer says. */
export const HostView = t.Object({
  ...Host.properties,
  existing: t.Optional(
    t.Object(
      { differs: t.Array(t.String(), { description: 'The members of the request that the host has otherwise' }) },
      { description: 'After a registration: the host was in the inventory already, and nothing was changed' },
    ),
  ),
  same_machine: t.Optional(
    t.Array(SameMachine, {
      description: 'Other hosts whose machine has the same host key or machine id, at most ten; left out without any',
    }),
  ),
});
export type HostView = Static<typeof HostView>;

/** The document that a PATCH changes. */
export const HostDocument = t.Object({ address: t.String(), name: t.Optional(t.String()) });

/** What a registration would do. */
export const HostCheck = t.Object({
  result: t.Union([t.Literal('new'), t.Literal('existing')]),
  differs: HostView.properties.existing.properties.differs,
  same_machine: HostView.properties.same_machine,
});
export type HostCheck = Static<typeof HostCheck>;

export const HostsQuery = t.Object({ target: parameter });
export const HostKeyBody = t.Object({ fingerprint });
export type HostBody = Static<typeof HostBody>;

const address = '192.0.2.11';
const at = '2026-01-02T03:04:05.678000';
const shownFingerprint = 'SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg';
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
  facts: { kernel: '6.12.0-1-amd64', os_version: '13', package_manager: 'apt', host_key: shownFingerprint },
  labels: { rack: '3', role: 'db' },
};

/** The record of a host that has just been registered. */
const fresh = { ...host, status: 'investigating', os: '', cpus: 0, memory: 0, space: 0, last_check: '', facts: {} };
const registration = { remote_user: 'admin', ssh_priv_key: 'LS0tLS1CRUdJTiBPUEVOU1NIIC4uLg==', cluster: 'web' };
export const HostStatus = t.Object({
  type: t.Literal('host_only'),
  host: t.Pick(Host, ['last_check', 'status', 'error']),
  container_manager: t.Record(t.String(), t.Unknown(), {
    description: 'The node as the container manager has it, or empty',
  }),
});
export type HostStatus = Static<typeof HostStatus>;

/** The credentials as PUT answers them: without the key. */
const Shown = t.Omit(Credentials, ['ssh_priv_key']);
const shown = { address, remote_user: 'admin', port: 22 };
const public_key = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ8tW0ZHh0tP3p5kq0m2mVnq0o0f0l0m0n0o0p0q0r0s';
const pinned = {
  address,
  fingerprint: shownFingerprint,
  algorithm: 'ssh-ed25519',
  public_key,
  source: 'first_contact',
  pinned_at: at,
};

const cannotRegister: readonly ProblemCode[] = [
  'invalid_address',
  'invalid_name',
  'name_taken',
  'key_unreadable',
  'key_passphrase_protected',
  'cluster_unknown',
  'credentials_differ',
  'host_not_in_cluster',
  'host_in_other_cluster',
];

/** The members that the list can be filtered and sorted by. */
export const hostsList = {
  fields: {
    address: 'address',
    name: 'text',
    status: 'text',
    os: 'text',
    cpus: 'number',
    memory: 'number',
    space: 'number',
    last_check: 'text',
    source: 'text',
    error: 'text',
    'facts.*': 'text',
    'labels.*': 'text',
  },
  values: { status: hostStatuses },
  others: ['target'],
} satisfies ListRules;

/** The schemas that the API document names. */
export const hostSchemas = {
  Host: HostView,
  HostCheck,
  SameMachine,
  Facts: t.Partial(HostFacts),
  Labels,
  LabelChange,
  Registration: HostBody,
  HostStatus,
  Credentials,
  HostKey: PinnedHostKey,
};

/** Hosts, their labels, credentials and host keys (contract 1.2). */
export const hostDeclarations = declareRoutes({
  listHosts: {
    method: 'GET',
    path: '/api/v0/hosts',
    permission: 'host:read',
    about: 'list',
    summary: 'All hosts, or those of a target in its order',
    list: hostsList,
    conditional: 'read',
    query: HostsQuery,
    answers: { 200: json('The hosts', t.Array(HostView), [host]) },
    problems: ['invalid_target', 'cluster_not_found', 'host_not_found'],
  },
  registerHostByBody: {
    method: 'PUT',
    path: '/api/v0/host',
    permission: 'host:register',
    about: 'body',
    forRegistration: true,
    summary: 'Registers the host that the body names, or the caller itself',
    conditional: 'change',
    query: RegistrationQuery,
    body: HostBody,
    bodyExample: { address, ...registration },
    answers: { 201: json('The host; its investigation begins', HostView, fresh) },
    problems: [...cannotRegister, 'registrations_used_up'],
  },
  getHost: {
    method: 'GET',
    path: '/api/v0/host/:address',
    permission: 'host:read',
    about: 'host',
    summary: 'One host',
    conditional: 'read',
    answers: { 200: json('The host', HostView, host) },
    problems: ['host_not_found'],
  },
  changeHost: {
    method: 'PATCH',
    path: '/api/v0/host/:address',
    permission: 'host:write',
    about: 'host',
    summary: 'Gives a host another name, or with null none; its address can be tested',
    conditional: 'change',
    patch: {
      merge: t.Object({
        address: t.Optional(t.String()),
        name: t.Optional(t.Union([t.String(), t.Null()], { description: 'the name, or null for none' })),
      }),
      example: { name: 'web1' },
      lines: [{ op: 'add', path: '/name', value: 'web1' }],
    },
    answers: { 200: json('The host', HostView, { ...host, name: 'web1' }) },
    problems: ['path_mismatch', 'invalid_name', 'name_taken', 'host_not_found'],
  },
  checkHost: {
    method: 'POST',
    path: '/api/v0/host/:address/check',
    permission: 'host:register',
    about: 'body',
    summary: 'Says what a registration would do, or refuses it as that would; changes nothing',
    body: HostBody,
    bodyExample: registration,
    answers: {
      200: json('What it would do', HostCheck, { result: 'existing', differs: ['port'] }),
    },
    problems: [...cannotRegister, 'path_mismatch'],
  },
  registerHost: {
    method: 'PUT',
    path: '/api/v0/host/:address',
    permission: 'host:register',
    about: 'body',
    summary: 'Registers a host, or with ?import=true stores it as given. The same one again changes nothing',
    conditional: 'change',
    query: RegistrationQuery,
    body: HostBody,
    bodyExample: registration,
    answers: { 201: json('The host; its investigation begins', HostView, fresh) },
    problems: [...cannotRegister, 'path_mismatch'],
  },
  deleteHost: {
    method: 'DELETE',
    path: '/api/v0/host/:address',
    permission: 'host:write',
    about: 'host',
    summary: 'Forgets a host, its credentials, its pinned host key and its membership',
    conditional: 'change',
    query: ForceQuery,
    answers: { 200: nothing },
    problems: ['host_not_found', 'operation_running'],
  },
  getHostStatus: {
    method: 'GET',
    path: '/api/v0/host/:address/status',
    permission: 'host:read',
    about: 'host',
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
  getHostLabels: {
    method: 'GET',
    path: '/api/v0/host/:address/labels',
    permission: 'host:read',
    about: 'host',
    summary: 'The labels of a host',
    conditional: 'read',
    answers: { 200: json('The labels', Labels, host.labels) },
    problems: ['host_not_found'],
  },
  replaceHostLabels: {
    method: 'PUT',
    path: '/api/v0/host/:address/labels',
    permission: 'host:write',
    about: 'host',
    summary: 'Puts other labels in the place of those there are',
    conditional: 'change',
    body: Labels,
    bodyExample: host.labels,
    answers: { 200: json('The labels', Labels, host.labels) },
    problems: ['host_not_found'],
  },
  changeHostLabels: {
    method: 'PATCH',
    path: '/api/v0/host/:address/labels',
    permission: 'host:write',
    about: 'host',
    summary: 'Sets the labels given, removes those that are null, keeps the others',
    conditional: 'change',
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
  getCredentials: {
    method: 'GET',
    path: '/api/v0/host/:address/creds',
    permission: 'credentials:read',
    about: 'host',
    summary: 'How to log in to a host, its private key included; leaves an event that says who read it',
    conditional: 'read',
    answers: { 200: json('The credentials', Credentials, { ...shown, ssh_priv_key: registration.ssh_priv_key }) },
    problems: ['credentials_not_found', 'conflict', 'store_full'],
  },
  changeCredentials: {
    method: 'PUT',
    path: '/api/v0/host/:address/creds',
    permission: 'credentials:write',
    about: 'host',
    summary: 'Changes the members given; a failed host is investigated again',
    conditional: 'change',
    body: Login,
    bodyExample: { port: 2222 },
    answers: { 201: json('The credentials, without the key', Shown, { ...shown, port: 2222 }) },
    problems: ['host_not_found', 'key_unreadable', 'key_passphrase_protected'],
  },
  getHostKey: {
    method: 'GET',
    path: '/api/v0/host/:address/hostkey',
    permission: 'host:read',
    about: 'host',
    summary: 'The host key that is pinned for a host',
    conditional: 'read',
    answers: { 200: json('The key', PinnedHostKey, pinned) },
    problems: ['host_not_found', 'host_key_not_found'],
  },
  acceptHostKey: {
    method: 'PUT',
    path: '/api/v0/host/:address/hostkey',
    permission: 'host_key:write',
    about: 'host',
    summary: 'Says which host key a host must show from now on',
    conditional: 'change',
    body: HostKeyBody,
    bodyExample: { fingerprint: shownFingerprint },
    answers: {
      201: json('The key', PinnedHostKey, { ...pinned, algorithm: '', public_key: '', source: 'operator' }),
    },
    problems: ['host_not_found'],
  },
});
