import { type Static, Type as t } from '@sinclair/typebox';
import { longestFact } from '../machine/facts.ts';
import { Labels } from './labels.ts';

/** The most characters of an error. */
export const longestError = 2_000;

const text = (description: string) => t.String({ maxLength: longestFact, description });
const count = (description: string) => t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description });

/** What the server learned about the machine beyond the members of the original record. */
export const HostFacts = t.Object({
  kernel: text('Release of the running kernel'),
  boot_id: text('Boot id at the last check'),
  os_version: text('VERSION_ID of os-release'),
  package_manager: text('apt, dnf, yum, rpm-ostree, or empty'),
  host_key: text('SHA256 fingerprint of the pinned host key'),
  machine_id: text('Derived from /etc/machine-id: tells machines apart, and does not reveal the id itself'),
});
export type HostFacts = Static<typeof HostFacts>;

/** The status of a host that was not imported with another one. */
export const hostStatuses = ['investigating', 'bootstrapping', 'disassociated', 'active', 'failed'] as const;

const hostStatusMeanings: Readonly<Record<(typeof hostStatuses)[number], string>> = {
  investigating: 'It is registered; the server has not yet found out what it is',
  bootstrapping: 'The server finds out what it is',
  disassociated: 'It is ready, and no node of a container manager',
  active: 'It is ready, and a node of the container manager of its cluster',
  failed: 'The server could not find out what it is, or make it a node; `error` says why',
};

/** A machine (contract 2.2), in the original's key order; `error`, `facts` and `labels` are additions. */
export const Host = t.Object({
  address: t.String({ description: 'IPv4 or IPv6 address or DNS name' }),
  status: t.String({
    maxLength: longestFact,
    description: 'How far the server knows it',
    meanings: hostStatusMeanings,
  }),
  os: text('ID of os-release, or atomic'),
  cpus: count('Logical CPUs'),
  memory: count('Memory in kilobytes'),
  space: count('Space in kilobytes, sum of the mounted file systems'),
  last_check: text('When the server last read its facts: UTC, YYYY-MM-DDTHH:MM:SS.ffffff'),
  source: text('Kept as it is given; empty otherwise'),
  error: t.String({
    maxLength: longestError,
    description: 'Why the status is failed, or why it is not active yet; empty otherwise',
  }),
  facts: t.Partial(HostFacts, { description: 'What else the server found on the machine' }),
  labels: Labels,
  name: t.Optional(t.String({ description: 'A name that stands for the address; left out when the host has none' })),
});
export type Host = Static<typeof Host>;

/** A host of which only the address is known. */
export function emptyHost(address: string): Host {
  return {
    address,
    status: '',
    os: '',
    cpus: 0,
    memory: 0,
    space: 0,
    last_check: '',
    source: '',
    error: '',
    facts: {},
    labels: {},
  };
}

/** The facts measured on the machine. They change often, so they are stored apart from the members that decisions depend on. */
export const HostHealth = t.Pick(Host, ['os', 'cpus', 'memory', 'space', 'last_check', 'facts']);
export type HostHealth = Static<typeof HostHealth>;

/** The rest of a host, as it is stored. */
export const StoredHost = t.Omit(Host, ['os', 'cpus', 'memory', 'space', 'last_check', 'facts']);
export type StoredHost = Static<typeof StoredHost>;

/** The host made of its stored record and its measured facts; without facts when it was never investigated. */
export function hostOf(stored: StoredHost, health?: HostHealth): Host {
  return { ...emptyHost(stored.address), ...stored, ...health };
}

/** The measured part of a host. */
export function healthOf({ os, cpus, memory, space, last_check, facts }: Host): HostHealth {
  return { os, cpus, memory, space, last_check, facts };
}

/** The declared part of a host. */
export function declaredOf({ address, status, source, error, labels, name }: Host): StoredHost {
  return { address, status, source, error, labels, ...(name === undefined ? {} : { name }) };
}

/** Whether a host may join a cluster (contract 3.1). */
export function isSuitable({ status }: Pick<Host, 'status'>): boolean {
  return status === 'active' || status === 'disassociated';
}
