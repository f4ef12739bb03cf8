import { dirname, join, resolve } from 'node:path';
import type { NewHost } from '../../client/hosts.ts';
import type { DescribedHost, Fault, Remark } from '../../inventory/formats/described-host.ts';
import type { Labels } from '../../inventory/labels.ts';
import { canonicalAddress, checkedName } from '../../lib/addresses.ts';
import { checkedHostName } from '../../lib/host-name.ts';
import { suggestName } from '../../lib/nearest.ts';
import { expandNodeSet } from '../../lib/node-set.ts';
import { labelOf } from '../labels.ts';
import type { Terminal } from '../terminal.ts';
import { foldedFaults, type GroupUse, groupCluster, groupLabels } from './groups.ts';
import type { KeyFiles } from './key-files.ts';

/** A valid host, ready to be sent. */
export interface CheckedHost {
  line: number;
  /** The file of the line, when another one includes it. */
  file?: string;
  address: string;
  body: NewHost;
  /** The cluster of the body is made of a group, and is created when it is missing. */
  isGroupCluster: boolean;
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
  groups: GroupUse;
}

/** The hosts of all descriptions, or all their faults. */
export async function newHosts(
  described: readonly DescribedHost[],
  defaults: HostDefaults,
  surroundings: Surroundings,
): Promise<{ hosts: CheckedHost[]; faults: Fault[]; remarks: Remark[] }> {
  const faults: Fault[] = [];
  const remarks = new Map<string, Remark>();
  const hosts: CheckedHost[] = [];
  const lines = new Map<string, string>();
  const names = new Map<string, string>();
  const ungroupable: { place: Place; host: string; reason: string }[] = [];
  for (const each of described) {
    const { members, ...host } = each;
    const place = placeOf(host);
    try {
      const { body, remark } = await bodyOf(members, defaults, surroundings);
      if (remark !== undefined && !remarks.has(remark)) remarks.set(remark, { ...place, message: remark });
      const addresses = addressesOf(members.address);
      const own = namesOf(members, addresses);
      const grouped = surroundings.groups === 'clusters' ? clusterOfGroup(each) : {};
      if ('reason' in grouped) {
        ungroupable.push({ place, host: own[0] ?? addresses[0] ?? '', reason: grouped.reason });
        continue;
      }
      const cluster = body.cluster ?? grouped.cluster;
      const labels = surroundings.groups === 'labels' ? { ...body.labels, ...groupLabels(each) } : (body.labels ?? {});
      for (const [index, address] of addresses.entries()) {
        const name = own[index];
        const owner = name === undefined ? undefined : names.get(name);
        if (name !== undefined && owner !== undefined) {
          faults.push({ ...place, message: `${name} is the name of ${owner} already` });
        }
        if (name !== undefined) names.set(name, address);
        const before = lines.get(address);
        if (before !== undefined) faults.push({ ...place, message: `${address} stands in ${before} already` });
        else {
          const given = { cluster, labels: Object.keys(labels).length === 0 ? undefined : labels };
          const isGroupCluster = cluster !== body.cluster;
          hosts.push({ ...place, address, body: { ...body, ...given, name }, isGroupCluster });
        }
        lines.set(address, before ?? `line ${place.line}${place.file === undefined ? '' : ` of ${place.file}`}`);
      }
    } catch (error) {
      faults.push({ ...place, message: error instanceof Error ? error.message : String(error) });
    }
  }
  faults.push(...foldedFaults(ungroupable));
  for (const [name, owner] of names) {
    const line = lines.get(name);
    if (line !== undefined)
      faults.push({ line: 1, message: `${name} is the name of ${owner}, and an address in ${line}` });
  }
  return { hosts: byAddress(hosts, names), faults, remarks: [...remarks.values()] };
}

/** Jump hosts of the file may be named by their names, which the server does not know yet. */
function byAddress(hosts: readonly CheckedHost[], addresses: ReadonlyMap<string, string>): CheckedHost[] {
  return hosts.map((host) => {
    const { proxy_jump } = host.body;
    if (proxy_jump === undefined) return host;
    const jump = proxy_jump.split(',').map((each) => addresses.get(each) ?? each);
    return { ...host, body: { ...host.body, proxy_jump: jump.join(',') } };
  });
}

function clusterOfGroup(host: DescribedHost): { cluster?: string | undefined } | { reason: string } {
  try {
    return { cluster: groupCluster(host) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** One name for each address. */
function namesOf(members: DescribedHost['members'], addresses: readonly string[]): string[] {
  const text = textOf(members, 'name');
  if (text === undefined || text === '') return [];
  const names = namesIn(text).map(checkedHostName);
  if (names.length === addresses.length) return names;
  throw new Error(`name ${text} makes ${names.length}, but there are ${addresses.length} addresses`);
}

/** The line and, if it is another one, the file. */
export function placeOf({ line, file }: Place): Place {
  return { line, ...(file === undefined ? {} : { file }) };
}

type Place = Pick<DescribedHost, 'line' | 'file'>;

const known = ['address', 'name', 'key', 'remote_user', 'port', 'proxy_jump', 'cluster', 'host_key', 'labels'];

async function bodyOf(
  members: DescribedHost['members'],
  defaults: HostDefaults,
  { file, keys, terminal }: Surroundings,
): Promise<{ body: NewHost; remark: string | undefined }> {
  const unknown = Object.keys(members).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`"${unknown}" is no member of a host, ${suggestName(unknown, known)}`);
  const own = pathsOf(members).map((path) => pathFrom(file, path, terminal));
  const key = await firstUsable(own.length === 0 && defaults.key !== undefined ? [defaults.key] : own, keys);
  const body = {
    ssh_priv_key: key.content,
    remote_user: fitting(members, 'remote_user', /^[A-Za-z0-9_.][A-Za-z0-9_.@-]{0,254}$/) ?? defaults.remote_user,
    port: portOf(members.port) ?? defaults.port,
    proxy_jump: jumpOf(members) ?? defaults.proxy_jump,
    cluster: clusterOf(members) ?? defaults.cluster,
    host_key: fitting(members, 'host_key', /^SHA256:[A-Za-z0-9+/]{43}$/),
    labels: labelsOf(members.labels) ?? defaults.labels,
  };
  return { body, remark: key.remark };
}

function pathsOf(members: DescribedHost['members']): string[] {
  const { key } = members;
  if (Array.isArray(key)) return key.filter((path) => typeof path === 'string');
  const path = textOf(members, 'key');
  return path === undefined ? [] : [path];
}

/** As ssh does, passes over keys that cannot be read. A host record has room for one. */
async function firstUsable(paths: readonly string[], keys: KeyFiles): Promise<{ content: string; remark?: string }> {
  const problems: string[] = [];
  for (const path of paths) {
    try {
      const content = await keys.content(path);
      const others = paths.filter((other) => other !== path);
      if (others.length === 0) return { content };
      return { content, remark: `of several private keys ${path} is used; not used: ${others.join(', ')}` };
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(problems.join('; ') || 'there is no private key: add the member "key", or give --key FILE');
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
