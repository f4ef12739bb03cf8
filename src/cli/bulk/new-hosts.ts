import { dirname, join, resolve } from 'node:path';
import type { NewHost } from '../../client/hosts.ts';
import type { DescribedHost, Fault } from '../../inventory/formats/described-host.ts';
import type { Labels } from '../../inventory/labels.ts';
import { canonicalAddress, checkedName } from '../../lib/addresses.ts';
import { expandNodeSet } from '../../lib/node-set.ts';
import { labelOf } from '../labels.ts';
import type { Terminal } from '../terminal.ts';
import type { KeyFiles } from './key-files.ts';

/** A valid host, ready to be sent. */
export interface CheckedHost {
  line: number;
  address: string;
  body: NewHost;
}

/** Defaults for members that the file does not give. */
export type HostDefaults = Omit<NewHost, 'ssh_priv_key' | 'host_key'> & {
  /** Path of a private key file, or `-`. */
  key: string | undefined;
};

export interface Surroundings {
  /** The file that is read: paths in it are relative to its directory. */
  file: string;
  keys: KeyFiles;
  terminal: Terminal;
}

/** The hosts of all descriptions, or all their faults. */
export async function newHosts(
  described: readonly DescribedHost[],
  defaults: HostDefaults,
  surroundings: Surroundings,
): Promise<{ hosts: CheckedHost[]; faults: Fault[] }> {
  const faults: Fault[] = [];
  const hosts: CheckedHost[] = [];
  const lines = new Map<string, number>();
  for (const { line, members } of described) {
    try {
      const body = await bodyOf(members, defaults, surroundings);
      for (const address of addressesOf(members.address)) {
        const before = lines.get(address);
        if (before !== undefined) faults.push({ line, message: `${address} stands in line ${before} already` });
        else hosts.push({ line, address, body });
        lines.set(address, before ?? line);
      }
    } catch (error) {
      faults.push({ line, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { hosts, faults };
}

const known = ['address', 'key', 'remote_user', 'port', 'proxy_jump', 'cluster', 'host_key', 'labels'];

async function bodyOf(
  members: DescribedHost['members'],
  defaults: HostDefaults,
  { file, keys, terminal }: Surroundings,
): Promise<NewHost> {
  const unknown = Object.keys(members).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`"${unknown}" is none of ${known.join(', ')}`);
  const own = textOf(members, 'key');
  const key = own === undefined ? defaults.key : pathFrom(file, own, terminal);
  if (key === undefined) throw new Error('there is no private key: add the member "key", or give --key FILE');
  return {
    ssh_priv_key: await keys.content(key),
    remote_user: fitting(members, 'remote_user', /^[A-Za-z0-9_.][A-Za-z0-9_.@-]{0,254}$/) ?? defaults.remote_user,
    port: portOf(members.port) ?? defaults.port,
    proxy_jump: jumpOf(members) ?? defaults.proxy_jump,
    cluster: clusterOf(members) ?? defaults.cluster,
    host_key: fitting(members, 'host_key', /^SHA256:[A-Za-z0-9+/]{43}$/),
    labels: labelsOf(members.labels) ?? defaults.labels,
  };
}

function addressesOf(value: unknown): string[] {
  if (typeof value !== 'string' || value === '') throw new Error('there is no address');
  return namesIn(value).map(canonicalAddress);
}

/** The error of a target has several lines; here a fault has one. */
function namesIn(text: string): string[] {
  try {
    return expandNodeSet(text);
  } catch (cause) {
    throw new Error(`${JSON.stringify(text)} is neither an address nor a node set`, { cause });
  }
}

function pathFrom(file: string, path: string, { homeDirectory }: Terminal): string {
  if (path.startsWith('~/')) return join(homeDirectory, path.slice(2));
  return file === '-' ? path : resolve(dirname(file), path);
}

function textOf(members: DescribedHost['members'], name: string): string | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new Error(`${name} must be a text`);
}

function fitting(members: DescribedHost['members'], name: string, pattern: RegExp): string | undefined {
  const text = textOf(members, name);
  if (text === undefined || pattern.test(text)) return text;
  throw new Error(`"${text}" is no ${name}`);
}

function portOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (/^[1-9][0-9]{0,4}$/.test(String(value)) && Number(value) <= 65_535) return Number(value);
  throw new Error(`"${value}" is no port`);
}

/** Users and ports of jump hosts, except of the last one, belong to their own records: here only addresses count. */
function jumpOf(members: DescribedHost['members']): string | undefined {
  const { proxy_jump: value } = members;
  if (value === undefined || value === null) return undefined;
  const names: unknown[] = Array.isArray(value) ? value : String(value).split(',');
  const texts = names.map((name) => String(name).trim());
  if (texts.length === 1 && texts[0] === 'none') return 'none';
  return texts.map(canonicalAddress).join(',');
}

function clusterOf(members: DescribedHost['members']): string | undefined {
  const name = textOf(members, 'cluster');
  return name === undefined ? undefined : checkedName(name);
}

function labelsOf(value: unknown): Labels | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return Object.fromEntries(value.split(/\s+/).filter(Boolean).map(labelOf));
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error('labels must be an object');
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}
