import { dirname, join, resolve } from 'node:path';
import type { NewHost } from '../../client/hosts.ts';
import type { DescribedHost, Fault, Remark } from '../../inventory/formats/described-host.ts';
import type { Labels } from '../../inventory/labels.ts';
import { canonicalAddress, checkedName } from '../../lib/addresses.ts';
import { suggestName } from '../../lib/nearest.ts';
import { expandNodeSet } from '../../lib/node-set.ts';
import { labelOf } from '../labels.ts';
import type { Terminal } from '../terminal.ts';
import type { KeyFiles } from './key-files.ts';

/** A valid host, ready to be sent. */
export interface CheckedHost {
  line: number;
  /** The file of the line, when another one includes it. */
  file?: string;
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
): Promise<{ hosts: CheckedHost[]; faults: Fault[]; remarks: Remark[] }> {
  const faults: Fault[] = [];
  const remarks = new Map<string, Remark>();
  const hosts: CheckedHost[] = [];
  const lines = new Map<string, string>();
  for (const { members, ...host } of described) {
    const place = placeOf(host);
    try {
      const { body, remark } = await bodyOf(members, defaults, surroundings);
      if (remark !== undefined && !remarks.has(remark)) remarks.set(remark, { ...place, message: remark });
      for (const address of addressesOf(members.address)) {
        const before = lines.get(address);
        if (before !== undefined) faults.push({ ...place, message: `${address} stands in ${before} already` });
        else hosts.push({ ...place, address, body });
        lines.set(address, before ?? `line ${place.line}${place.file === undefined ? '' : ` of ${place.file}`}`);
      }
    } catch (error) {
      faults.push({ ...place, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { hosts, faults, remarks: [...remarks.values()] };
}

/** The line and, if it is another one, the file. */
export function placeOf({ line, file }: Place): Place {
  return { line, ...(file === undefined ? {} : { file }) };
}

type Place = Pick<DescribedHost, 'line' | 'file'>;

const known = ['address', 'key', 'remote_user', 'port', 'proxy_jump', 'cluster', 'host_key', 'labels'];

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
